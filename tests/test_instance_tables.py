"""Tables as spreadsheets save them: read where nothing is lost, refused once with line, cause and repair elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import planner
from planner.errors import InstanceError
from planner.instance.finding import Finding

FOUND = Path(__file__).parent / "found" / "tables"
TEXT = (FOUND / "excel_columns.yaml").read_text().replace("excel_demand.csv", "t.csv")
READ = [("2027-01-01", 0.1), ("2027-07-01", 0.2)]


def points(folder: Path, table: str | bytes, text: str = TEXT) -> list[tuple[str, float]]:
    """Return the demand that the instance reads from a table: first days and GW."""
    (folder / "t.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
    (folder / "i.yaml").write_text(text)
    demand: Any = planner.read(folder / "i.yaml").spec.workloads["training"].demand_gw
    return [(str(day), value) for day, value in demand.points]


def the_finding(folder: Path, table: str | bytes, text: str = TEXT) -> Finding:
    """Return the one finding about a table: one cause is said once."""
    with pytest.raises(InstanceError) as caught:
        points(folder, table, text)
    (finding,) = caught.value.findings
    assert isinstance(finding, Finding)
    return finding


def test_a_sheet_with_empty_columns_and_rows_is_read() -> None:
    demand: Any = planner.read(FOUND / "excel_columns.yaml").spec.workloads["training"].demand_gw
    assert [(str(day), value) for day, value in demand.points] == READ


def test_a_number_split_at_its_decimal_comma_is_refused() -> None:
    with pytest.raises(InstanceError) as caught:
        planner.read(FOUND / "decimal_comma.yaml")
    (finding,) = caught.value.findings
    assert finding.where == f"{FOUND}/demand.csv:3:1" and "3 cells and the header 2" in finding.message
    assert finding.repair.endswith("write 0.2")


@pytest.mark.parametrize(
    "table",
    [
        "date,gw\n2027Q1,0.1\n2027Q3,0.2\n",
        "\ufeffdate,gw\r\n2027Q1,0.1\r\n2027Q3,0.2\r\n",
        "date,gw\r2027Q1,0.1\r2027Q3,0.2",
        "date;gw\n2027Q1;0.1\n2027Q3;0.2\n",
        "date\tgw\n2027Q1\t0.1\n2027Q3\t0.2\n",
        "sep=;\r\ndate;gw\r\n2027Q1;0.1\r\n2027Q3;0.2\r\n",
        'date,"gw"\n"2027Q1","0.1"\n2027Q3," 0.2 "\n',
        '\n\n"date",gw,"a, b; c; d; e"\n2027Q1,0.1,x\n\n  \n2027Q3,0.2,\n',
        "date,gw,,,\n2027Q1,0.1\n2027Q3,0.2,,\n,,,,\n,,\n",
        "date,,gw\n2027Q1,,0.1\n2027Q3,,0.2\n",
        "date,gw,note\n2027Q1,100 MW,\n2027Q2,,nothing here\n2027Q3,0.2,\n,,\n",
        "date,gw\n2027-01-01,1e-1\n2027-07,.2\n",
    ],
)
def test_what_spreadsheets_save_is_read(tmp_path: Path, table: str) -> None:
    assert points(tmp_path, table) == READ


@pytest.mark.parametrize(
    ("table", "where", "message", "repair"),
    [
        # A row that is longer or shorter than the header.
        ("date,gw\n2027Q1,0,1\n2027Q3,0,2\n", "2:1", "3 cells and the header 2; 1 more row does", "write 0.1"),
        ("date,gw\n2027Q1,1,000\n", "2:1", "3 cells", "write 1.000 or 1000, whichever is meant"),
        ("date,gw\n2027Q1,1,000.5\n", "2:1", "3 cells", "write 1000.5"),
        ("date,gw,,\n2027Q1,0.1,,0.2\n", "2:1", "4 cells and the header 2", "name its column in line 1"),
        ("date,gw,floor\n2027Q1,1\n", "2:1", "2 cells and the header 3", "add the missing cell;"),
        ("date,gw\n2027Q1;0.1\n", "2:1", "1 cell and the header 2", "separated by semicolons"),
        ("date,,gw\n2027Q1,7,0.1\n", "2:2", "column 2, which has no name", "name the column"),
        # Cells with more than one reading.
        ("date;gw\n2027Q1;0,1\n2027Q3;0,2\n", "2:2", "decimal comma: '0,1'; 1 more cell is", "write 0.1"),
        ('date,gw\n2027Q1,"0,1"\n', "2:2", "a decimal comma", "write 0.1"),
        ("date\tgw\n2027Q1\t,5\n", "2:2", "a decimal comma", "write 0.5"),
        ("date;gw\n2027Q1;1,000\n", "2:2", "a comma in a number", "write 1000 or 1.000, whichever is meant"),
        ('date,gw\n2027Q1,"1,000.5"\n', "2:2", "separators: '1,000.5'", "write 1000.5"),
        ("date;gw\n2027Q1;1.000,5\n", "2:2", "a decimal comma", "write 1000.5"),
        ("date;gw\n2027Q1;1 000\n", "2:2", "with separators", "write 1000"),
        ("date;gw\n2027Q1;1\u00a0000,5\n", "2:2", "a decimal comma", "write 1000.5"),
        ("date,gw\n2027Q1,1'000\n", "2:2", "with separators", "write 1000"),
        ("date,gw\n2027Q1,(0.1)\n", "2:2", "in brackets", "write -0.1"),
        ("date,gw\n2027Q1,#N/A\n2027Q2,1\n2027Q3,-\n", "2:2", "an error of the spreadsheet", "leave the cell empty"),
        ("date,gw\n2027Q1,12%\n", "2:2", "'%'", "1.2 or"),
        ("date,gw\n2027Q1,$5\n", "2:2", "another kind of unit", "1.2 or"),
        # Dates.
        ("date,gw\n1/2/2027,1\n1/3/2027,1\n", "2:1", "two ways; 1 more cell", "2027-01-02 or 2027-02-01"),
        ("date,gw\n31/12/2027,1\n", "2:1", "not a date", "write 2027-12-31"),
        ("date,gw\n12/31/2027,1\n", "2:1", "not a date", "write 2027-12-31"),
        ("date,gw\n15.1.2027,1\n", "2:1", "not a date", "write 2027-01-15"),
        ("date,gw\n2027/1/15,1\n", "2:1", "not a date", "write 2027-01-15"),
        ("date,gw\n2027-01-15 00:00:00,1\n", "2:1", "not a date", "write 2027-01-15"),
        ("date,gw\nQ1 2027,1\n", "2:1", "not a date", "write 2027Q1"),
        ("date,gw\nJan-27,1\n", "2:1", "not a date", "write 2027-01"),
        ("date,gw\n5-Mar-2027,1\n", "2:1", "not a date", "write 2027-03-05"),
        ("date,gw\n46023,1\n", "2:1", "serial number", "write dates like"),
        ("date,gw\n2027.0,1\n", "2:1", "not a date", "write 2027"),
        ("date,gw\n2027Q1,0.1\n,0.2\n", "3:1", "without a date", "write the date"),
        ("date,gw\n2027Q1,1\n2027Q2,1\n2027Q1,2\n", "4:1", "stands twice in this table, first in line 2", "remove"),
        # What is no table, or an empty one.
        ("", "1:1", "the table is empty", "name its columns"),
        ("\n\n ,,\n", "1:1", "the table is empty", "name its columns"),
        ("date,gw\n", "1:1", "a header and no rows", "add a row"),
        ("date,gw\n2027Q1,\n", "1:2", "column 'gw' has no numbers", "write a number"),
        ("date,gw,x,gw\n2027Q1,1,2,3\n", "1:4", "columns 2 and 4 are both named 'gw'", "rename one"),
        ("date,gw\n2027Q1,\x001\n", "2:1", "a NUL character", "UTF-8"),
        ("date,gw\n2027Q1,0.1\n".encode("utf-16"), "1:1", "UTF-16", "CSV UTF-8"),
        ("date,gw\n2027Q1,0.1 \xe4\n".encode("latin-1"), "2:12", "not UTF-8", "UTF-8"),
        ('date,gw\n"2027Q1,1\n', "2:1", "no row of a table", "close the quotes"),
        ('date,gw\n2027Q1,"1"x\n', "2:1", "no row of a table", "close the quotes"),
        ("date,gw\n" + "2027Q1,1," * 30_000, "2:1", "200000 characters", "save it again"),
        ("date,gw\n" + "2027Q1,1\n" * 200_001, "200002:1", "more than 200000 rows", "shorten"),
    ],
)  # fmt: skip
def test_one_cause_is_one_finding_with_its_line(
    tmp_path: Path, table: str | bytes, where: str, message: str, repair: str
) -> None:
    finding = the_finding(tmp_path, table)
    assert finding.where == f"{tmp_path}/t.csv:{where}", finding
    assert message in finding.message and repair in finding.repair, finding


@pytest.mark.parametrize(
    ("reference", "message", "repair"),
    [
        ("{csv: missing.csv, column: gw, interpolate: step}", "there is no such file", "check the name"),
        ("{csv: ., column: gw, interpolate: step}", "outside the instance's folder", "copy it there"),
        ("{csv: ../t.csv, column: gw, interpolate: step}", "outside the instance's folder", "copy it there"),
        ("{csv: out.csv, column: gw, interpolate: step}", "outside the instance's folder", "copy it there"),
        ("{csv: sub, column: gw, interpolate: step}", "it is a folder", "check the name"),
        ("{csv: t.csv, column: GW, interpolate: step}", "has no column 'GW'", "did you mean gw?"),
        ("{csv: t.csv, interpolate: step}", "named by `csv` and `column`", "write {csv: file.csv, column: x}"),
        ("{csv: t.csv, column: 2, interpolate: step}", "named by `csv` and `column`", "write {csv"),
        ("{csv: t.csv, column: gw, date_column: day, interpolate: step}", "has no column 'day'", "date, gw"),
    ],
)  # fmt: skip
def test_wrong_references_are_said_once(tmp_path: Path, reference: str, message: str, repair: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "out.csv").symlink_to("/etc/hostname")
    whole = "{csv: t.csv, column: gw, interpolate: step}"
    assert whole in TEXT
    finding = the_finding(tmp_path, "date,gw\n2027Q1,0.1\n", TEXT.replace(whole, reference))
    assert message in finding.message and repair in finding.repair, finding


def test_one_column_used_ten_thousand_times_is_refused_in_words(tmp_path: Path) -> None:
    table = "date,gw\n" + "".join(f"{1990 + n // 12}-{n % 12 + 1:02d},1\n" for n in range(1200))
    many = "".join(f"  w{n}: {{csv: t.csv, column: gw}}\n" for n in range(2_000))
    with pytest.raises(InstanceError) as caught:
        points(tmp_path, table, TEXT + f"other:\n{many}")
    assert any("two million values with its tables" in each.message for each in caught.value.findings)
