"""Records of Parquet files, batch by batch, with their values as the text that a mapping looks at.

It needs ``pyarrow``, which the extra ``parquet`` brings, and which is imported when the first such file is read.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.files.refusals import reading

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

MAGIC = b"PAR1"
"""What a Parquet file begins and ends with."""
_BUFFER = 1024 * 1024
"""Bytes that are read of each column at a time, so that a row group, however large, is never read whole."""
_BATCH = 1000
"""Rows that become Python's objects at a time."""
_LONGEST = 200


class ParquetRows:
    """The rows of one Parquet file, which is open until :meth:`close`.

    :param name: its name for messages.
    :param content: the file, or its bytes.
    :param longest: characters of the longest record.
    :raises GenesysConfigError: ``pyarrow`` is not installed, or the store refuses the file for good.
    :raises GenesysSourceError: the file is torn, or no Parquet.
    :raises GenesysStorageError: its store cannot give it at the moment.
    """

    def __init__(self, name: str, content: StoragePath | bytes, longest: int) -> None:
        try:
            import pyarrow as pa  # noqa: PLC0415 - an extra, and heavy
            from pyarrow import parquet  # noqa: PLC0415
        except ImportError as error:
            raise GenesysConfigError(
                f"{name} is Parquet, which needs pyarrow: pip install 'airflow-provider-genesys[parquet]'"
            ) from error
        self._name, self._longest = name, longest
        self._arrow: Any = pa
        self._file = _Watched(content)
        self._rows: Any = self._asked(
            lambda: parquet.ParquetFile(self._file, buffer_size=_BUFFER, coerce_int96_timestamp_unit="us")
        )

    def names(self) -> list[str]:
        """Return the names of all columns, with dots into those that have fields; of a list an element's is ``*``."""
        return [name for field in self._rows.schema_arrow for name in _names(self._arrow.types, field.type, field.name)]

    def records(self) -> Iterator[tuple[dict[str, Any] | None, str]]:
        """Yield each row, or ``None`` and why it cannot be read.

        :raises GenesysError: as the class does.
        """
        batches = self._rows.iter_batches(batch_size=_BATCH, use_threads=False)
        while (batch := self._asked(lambda: next(batches, None))) is not None:
            plain = batch.cast(self._plain_schema(batch.schema), safe=False)
            records = self._together(plain)
            if records is None:
                yield from map(self._alone, (plain.slice(at, 1) for at in range(plain.num_rows)))
            else:
                yield from ((record, "") for record in records)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _asked(self, ask: Callable[[], Any]) -> Any:
        """Ask for something that is read from the file, and tell what its store refuses from what is wrong in it."""
        try:
            return ask()
        except (self._arrow.ArrowException, OSError, ValueError) as error:
            self._file.raise_refused()
            reason = (str(error).strip().splitlines() or [""])[0][:_LONGEST]
            raise GenesysSourceError(f"is no Parquet, or torn ({reason})", file=self._name) from error

    def _together(self, batch: Any) -> list[dict[str, Any]] | None:
        """Return the rows of a batch; ``None`` if there may be one among them that cannot be read."""
        if batch.nbytes > self._longest:
            return None
        try:
            return [_readable(record) for record in batch.to_pylist()]
        except (ValueError, OverflowError):
            return None

    def _alone(self, batch: Any) -> tuple[dict[str, Any] | None, str]:
        """Return the one row of a batch, or why it cannot be read."""
        try:
            record = _readable(batch.to_pylist()[0])
        except UnicodeDecodeError:
            return None, "holds what is no text"
        except (ValueError, OverflowError) as error:
            return None, f"holds what cannot be read: {str(error)[:_LONGEST]}"
        if len(json.dumps(record, ensure_ascii=False)) > self._longest:
            return None, f"is over {self._longest:,} characters"
        return record, ""

    def _plain_schema(self, schema: Any) -> Any:
        """Return a schema whose times are as exact as Python's, in UTC where they have a zone."""
        return self._arrow.schema([field.with_type(_plain(self._arrow, field.type)) for field in schema])


class _Watched(io.RawIOBase):
    """A file that is read in no order, and remembers what its store refused: who reads it hides that.

    :param content: the file, or its bytes.
    """

    def __init__(self, content: StoragePath | bytes) -> None:
        super().__init__()
        self._content = content
        self._refused: Exception | None = None
        if isinstance(content, bytes):
            self._file: IO[bytes] = io.BytesIO(content)
        else:
            with reading("records", content):
                self._file = content.open("rb")

    def raise_refused(self) -> None:
        """Raise what the store refused, if it did, as any input's reading does."""
        if self._refused is not None:
            with reading("records", self._content):
                raise self._refused

    def read(self, size: int = -1) -> bytes:
        with self._watched():
            return self._file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with self._watched():
            return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._refused = error
            raise


def _names(types: Any, type_: Any, name: str) -> Iterator[str]:
    """Yield the name of a column, and of all that its dotted names may lead to."""
    yield name
    for field in _fields_of(types, type_):
        inner = f"{name}.*" if _is_list(types, type_) else f"{name}.{field.name}"
        yield from _names(types, field.type, inner)


def _fields_of(types: Any, type_: Any) -> list[Any]:
    """Return the fields of a struct, or the one that says what a list's elements are."""
    if types.is_struct(type_):
        return [type_.field(at) for at in range(type_.num_fields)]
    return [type_.value_field] if _is_list(types, type_) else []


def _is_list(types: Any, type_: Any) -> bool:
    return bool(types.is_list(type_) or types.is_large_list(type_) or types.is_fixed_size_list(type_))


def _plain(arrow: Any, type_: Any) -> Any:
    """Return a type whose times are as exact as Python's, in UTC where they have a zone."""
    types = arrow.types
    if types.is_timestamp(type_):
        return arrow.timestamp(_unit(type_), "UTC" if type_.tz else None)
    if types.is_time64(type_):
        return arrow.time64("us")
    if types.is_duration(type_):
        return arrow.duration(_unit(type_))
    if types.is_map(type_):
        return arrow.map_(type_.key_type, _plain(arrow, type_.item_type))
    inner = [field.with_type(_plain(arrow, field.type)) for field in _fields_of(types, type_)]
    return _with_fields(arrow, type_, inner) if inner else type_


def _with_fields(arrow: Any, type_: Any, fields: list[Any]) -> Any:
    """Return a struct or a list with other fields."""
    types = arrow.types
    if types.is_struct(type_):
        return arrow.struct(fields)
    if types.is_fixed_size_list(type_):
        return arrow.list_(fields[0], type_.list_size)
    return arrow.large_list(fields[0]) if types.is_large_list(type_) else arrow.list_(fields[0])


def _unit(type_: Any) -> str:
    return "us" if type_.unit == "ns" else str(type_.unit)


def _readable(value: Any) -> Any:
    """Return a value as JSON would have it, with numbers as text, as a mapping reads these.

    Times are ISO 8601, durations are seconds.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, dict):
        return {name: _readable(each) for name, each in value.items()}
    if isinstance(value, list):
        if value and isinstance(value[0], tuple):  # a map
            return {str(_readable(name)): _readable(each) for name, each in value}
        return [_readable(each) for each in value]
    return _TEXTS.get(type(value), str)(value)


def _digits(number: float) -> str | None:
    """Return a number without exponent; nothing for what is none, which writers put where nothing is."""
    if number != number:  # noqa: PLR0124 - only NaN is not itself
        return None
    text = repr(number)
    return format(Decimal(text), "f") if "e" in text else text


_TEXTS: Mapping[type, Callable[[Any], str | None]] = {
    bytes: bytes.decode,
    date: date.isoformat,
    datetime: datetime.isoformat,
    Decimal: lambda number: format(number, "f"),
    float: _digits,
    time: time.isoformat,
    timedelta: lambda duration: _digits(duration / timedelta(seconds=1)),
}
