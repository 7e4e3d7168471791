"""Arrow tables in, a Parquet file out, each column with its meaning as metadata."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["ParquetFile"]


class ParquetFile:
    """One table, a row group a part."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")

    def write(self, rows: pa.Table) -> None:
        if rows.num_rows:
            self._writer.write_table(rows, row_group_size=max(rows.num_rows, 1))

    def close(self) -> None:
        self._writer.close()
