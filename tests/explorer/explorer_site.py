"""The explorer over one release, asked in process."""

import asyncio

from lxml import html

from pipeline.explorer.app import build_app


class Site:
    def __init__(self, settings, release):
        self.release = release
        self.datasette = build_app(settings, release)
        asyncio.run(self.datasette.invoke_startup())

    def get(self, path):
        return asyncio.run(self.datasette.client.get(path))

    def page(self, path, status=200):
        """The page as a tree."""
        answer = self.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:1000]}"
        return html.fromstring(answer.text)

    def rows(self, sql, *parameters):
        async def ask():
            return await self.datasette.get_database("nianbao").execute(sql, parameters)

        return [tuple(row) for row in asyncio.run(ask()).rows]
