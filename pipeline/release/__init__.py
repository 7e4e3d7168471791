"""The published dataset: a folder of files made from a warehouse (`making`), and what holds it to its sources.

`tables` says what is published, `contents` reads it, `masking` takes persons out of it, a
module `as_*` writes each format, `changes` compares with the release before; `verify` and
`audit` hold a release against the archive, by machine and by hand.
"""
