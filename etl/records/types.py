"""The column types of the output tables: an alias for each, annotated with its Arrow type and bounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


@dataclass(frozen=True)
class ArrowKind:
    """Annotates a type with the name of its Arrow type, as pyarrow prints it."""

    arrow: str


Text = Annotated[str | None, ArrowKind("string")]
Json = Annotated[str | None, ArrowKind("string"), Field(json_schema_extra={"contentMediaType": "application/json"})]
Flag = Annotated[bool | None, ArrowKind("bool")]
Int16 = Annotated[int | None, ArrowKind("int16"), Field(ge=-(2**15), lt=2**15)]
Int32 = Annotated[int | None, ArrowKind("int32"), Field(ge=-(2**31), lt=2**31)]
Int64 = Annotated[int | None, ArrowKind("int64")]
Float = Annotated[float | None, ArrowKind("float64")]
Percentage = Annotated[Decimal | None, ArrowKind("decimal(5,2)"), Field(max_digits=5, decimal_places=2)]
Money = Annotated[Decimal | None, ArrowKind("decimal(18,4)"), Field(max_digits=18, decimal_places=4)]
Quantity = Annotated[Decimal | None, ArrowKind("decimal(18,4)"), Field(max_digits=18, decimal_places=4)]
Time = Annotated[datetime | None, ArrowKind("timestamp(us, UTC)")]
Texts = Annotated[list[str], ArrowKind("list<string>")]
Key = Annotated[str, ArrowKind("string")]
Always = Annotated[bool, ArrowKind("bool")]


class Record(BaseModel):
    """One row of an output table."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
