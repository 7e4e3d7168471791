"""The prose of a report in; facts, points, citations, notes and findings on them out.

    sections -> reading          the narrative of a report, from the four readers below
                  facts          prose, numbers, units, traps, absence -> labels (label_words) -> parents (breakdowns,
                                 measures)
                  points         markers (lists), headings and cues (what sentences announce)
                  citations
                  notes          fee, contact, period
    facts    -> arithmetic       sums, rates and growth that the prose states
             -> linking          cells of the codebook that a fact states: clauses, contexts, meanings, wordings
    linked   -> tables           prose against tables: figures (sums of cells), claims (均获维持)
             -> observed         observations of reports without tables

Word lists stand in `forms/*.yml`.
"""
