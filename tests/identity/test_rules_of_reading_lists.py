"""A list of people comes as it comes: what is read of messy and of hostile files, without a database."""

import time

import pytest

from services.identity.people.importing.headings import columns_of, people_rows
from services.identity.people.importing.persons import Listed, Refused, person_in
from services.identity.people.importing.reading import (
    HasAPassword,
    IsADocument,
    NotASpreadsheet,
    NothingInIt,
    OfFile,
    SheetTooLarge,
    TooManyRows,
    TooMuchInIt,
    sheet_in_file,
    sheet_in_text,
)
from tests.identity.sheets import csv_of, ods, sheet_data, xlsx, zipped

ENTRA = """\
userPrincipalName,displayName,surname,mail,givenName,id,userType,jobTitle,department,accountEnabled,preferredLanguage,officeLocation,city
aino@avi.example,Aino Köykkä,Köykkä,Aino.Koykka@avi.example,Aino,0b1,Member,Inspector,Työsuojelu,True,sv-FI,Vaasa,Vasa
matti@avi.example,"Meikäläinen, Matti",Meikäläinen,matti@avi.example,Matti,0b2,Member,,Hallinto,True,fi-FI,Oulu,Oulu"""
GOOGLE = """\
First Name [Required],Last Name [Required],Email Address [Required],Status [READ ONLY],Org Unit Path [Required],Employee ID,Department,Building ID
Aino,Köykkä,aino@avi.example,Active,/Avi,1,Työsuojelu,Vaasa
Matti,Meikäläinen,matti@avi.example,Active,/Avi,2,Hallinto,Oulu"""
PERSONNEL = [
    ["Henkilöstöluettelo 11/2026"],
    ["Tulostettu", 46356],
    [],
    [
        "Henkilönro",
        "Sukunimi",
        "Etunimi",
        "Henkilötunnus",
        "Osasto",
        "Toimipaikka",
        "Äidinkieli",
        "Sähköposti",
        "Esihenkilö",
    ],
    [
        1,
        "Köykkä",
        "Aino",
        "131052-308T",
        "Työsuojelu",
        "Vaasa",
        "ruotsi",
        "aino@avi.example",
        "Meikäläinen Matti",
    ],
    [2, "Meikäläinen", "Matti", "010190-123A", "Hallinto", "Oulu", "suomi", "matti@avi.example", ""],
    ["Yhteensä", 2],
]
SWEDISH = [
    ["Efternamn", "Förnamn", "Avdelning", "Ort", "Modersmål", "E-postadress"],
    ["Köykkä", "Aino", "Työsuojelu", "Vaasa", "Svenska", "aino@avi.example"],
    ["Meikäläinen", "Matti", "Hallinto", "Oulu", "Finska", "matti@avi.example"],
]
BARE = [
    ["Aino Köykkä", "aino@avi.example", "Työsuojelu", "Vaasa", "sv"],
    ["Matti Meikäläinen", "matti@avi.example", "Hallinto", "Oulu", "fi"],
]


def people_in(sheet):
    columns = columns_of(sheet)
    return [person_in(row, columns) for row in people_rows(sheet)]


def shown(sheet) -> list[tuple[str, ...]]:
    return [(one.email, one.name, one.unit, one.site) for one in people_in(sheet) if isinstance(one, Listed)]


AINO, MATTI = (
    ("aino@avi.example", "Aino Köykkä", "Työsuojelu", "Vaasa"),
    ("matti@avi.example", "Matti Meikäläinen", "Hallinto", "Oulu"),
)


def test_an_export_of_entra_is_read_by_its_headings():
    (address, *aino), matti = shown(sheet_in_file(ENTRA.encode("utf-8-sig")))
    assert (address, *aino) == ("aino.koykka@avi.example", *AINO[1:]) and matti == MATTI
    assert columns_of(sheet_in_text(ENTRA))["language"] == 10


def test_a_template_of_entra_with_names_in_brackets_is_read():
    text = "version:v1.0\nName [displayName] Required,User name [userPrincipalName] Required,Department [department]\n"
    assert shown(sheet_in_text(text + "Aino Köykkä,aino@avi.example,Työsuojelu"))[0][:3] == AINO[:3]


def test_an_export_of_google_is_read_by_its_headings():
    assert shown(sheet_in_file(GOOGLE.encode())) == [AINO, MATTI]


def test_a_finnish_list_with_title_rows_above_its_headings_is_read_with_the_numbers_of_its_rows():
    sheet = sheet_in_file(xlsx(Ohje=[["Lue tämä ensin"]], Henkilöt=PERSONNEL))
    read = people_in(sheet)
    assert shown(sheet) == [AINO, MATTI]
    assert [one.row for one in read] == [5, 6, 7] and read[2] == Refused(7, "no_address")
    assert read[0].supervisor == "Meikäläinen Matti" and read[0].language == "ruotsi"
    assert (sheet.name, sheet.not_read) == ("Henkilöt", ["Ohje"])


def test_personal_identity_codes_are_kept_nowhere():
    sheet = sheet_in_file(xlsx(Henkilöt=PERSONNEL))
    cells = [cell for row in sheet.rows for cell in row.cells]
    assert cells.count("***") == 2 and not any("131052" in cell for cell in cells)


@pytest.mark.parametrize(
    "encoding",
    ["cp1252", "iso8859-15", "mac_roman", "cp850", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"],
)
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_swedish_list_is_read_in_any_usual_encoding_with_any_usual_separator(encoding, separator):
    assert shown(sheet_in_file(csv_of(SWEDISH, separator, encoding))) == [AINO, MATTI]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_those_of_any_system(end):
    assert shown(sheet_in_file(csv_of(SWEDISH, end=end))) == [AINO, MATTI]


def test_an_opendocument_sheet_is_read():
    assert shown(sheet_in_file(ods(SWEDISH))) == [AINO, MATTI]


@pytest.mark.parametrize("make", [csv_of, ods, lambda rows: xlsx(A=rows)])
def test_without_headings_columns_are_known_by_what_stands_in_them(make):
    sheet = sheet_in_file(make(BARE))
    assert shown(sheet) == [AINO, MATTI] and columns_of(sheet)["language"] == 4


def test_without_headings_the_family_name_may_come_first():
    text = "Köykkä\tAino\taino.koykka@avi.example\nMeikäläinen\tMatti\tmatti@avi.example"
    assert [name for _, name, *_ in shown(sheet_in_text(text))] == ["Aino Köykkä", "Matti Meikäläinen"]


def test_addresses_as_a_mail_program_copies_them_are_one_person_each():
    text = "Aino Köykkä <aino@avi.example>; matti@avi.example"
    assert [one[:2] for one in shown(sheet_in_text(text))] == [AINO[:2], ("matti@avi.example", "")]


def test_a_line_that_names_the_separator_is_no_row():
    assert shown(sheet_in_text("sep=;\r\nNimi;Sähköposti\r\nAino Köykkä;aino@avi.example"))[0][:2] == AINO[:2]


def test_a_quotation_mark_without_its_pair_swallows_nobody():
    text = 'Nimi;Sähköposti\n"Aino Köykkä;aino@avi.example\nMatti Meikäläinen;matti@avi.example'
    assert [one[:2] for one in shown(sheet_in_text(text))] == [AINO[:2], MATTI[:2]]


def test_empty_lines_count_as_rows_so_that_numbers_are_those_of_the_spreadsheet():
    read = people_in(sheet_in_text("Nimi;Sähköposti\n\n\nAino;\n"))
    assert read == [Refused(4, "no_address")]


def test_cells_that_are_merged_downwards_stand_in_each_row():
    rows = [
        ["Yksikkö", "Nimi", "Sähköposti"],
        ["Tuki", "Aino", "a@avi.example"],
        ["", "Bo", "b@avi.example"],
        ["", "Cia", "c@avi.example"],
    ]
    merged = sheet_data(rows) + '<mergeCells><mergeCell ref="A2:A3"/></mergeCells>'
    assert [unit for _, _, unit, _ in shown(sheet_in_file(xlsx(A=merged)))] == ["Tuki", "Tuki", ""]


def test_what_is_signed_as_nothing_is_nothing():
    text = "Nimi;Sähköposti;Yksikkö;Toimipaikka\nAino;aino@avi.example;#N/A;-"
    assert shown(sheet_in_text(text)) == [("aino@avi.example", "Aino", "", "")]


# addresses


@pytest.mark.parametrize(
    ("said", "address"),
    [
        (" Aino@AVI.example ", "aino@avi.example"),
        ("mailto:aino@avi.example", "aino@avi.example"),
        ("<aino@avi.example>;", "aino@avi.example"),
        ("aino\u200b@avi.example", "aino@avi.example"),
        ("aino@työ.example", "aino@työ.example"),
    ],
)
def test_an_address_is_read_without_what_programs_put_around_it(said, address):
    assert person_in(sheet_in_text(said).rows[0], {"email": 0}).email == address


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("aino", "not_an_address"),
        ("aino@", "not_an_address"),
        ("aino@avi", "not_an_address"),
        ("aino korhonen@avi.example", "not_an_address"),
        ("aino@a..example", "not_an_address"),
        ("a@avi.example, b@avi.example", "not_an_address"),
        ("köykkä@avi.example", "address_not_taken"),
        ("-", "no_address"),
        ("x" * 250 + "@avi.example", "too_long"),
    ],
)
def test_an_address_that_the_post_would_not_take_is_refused_with_its_reason(said, reason):
    refused = person_in(sheet_in_text(f'Aino;"{said}"').rows[0], {"name": 0, "email": 1})
    assert (refused.row, refused.reason) == (1, reason)


# hostile files


def test_a_formula_is_what_it_came_to_and_text_that_looks_like_one_is_text():
    rows = [["Nimi", "Sähköposti"], ['=HYPERLINK("http://evil.example")', "aino@avi.example"]]
    assert shown(sheet_in_file(xlsx(A=rows)))[0][1] == "came to this"
    assert shown(sheet_in_file(csv_of(rows)))[0][1].startswith("=HYPERLINK")


def test_a_workbook_that_unpacks_to_far_too_much_is_refused():
    with pytest.raises(TooMuchInIt):
        sheet_in_file(xlsx(A="<sheetData>" + " " * 200_000_000 + "</sheetData>"))


def test_two_cells_in_the_corners_of_a_sheet_ask_for_all_memory_and_get_none():
    corners = '<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with pytest.raises(OfFile):
        sheet_in_file(xlsx(A=corners))


def test_a_million_empty_rows_are_nothing():
    empty = '<row><c s="1"/></row>' * 1_000_000
    rows = sheet_data([["Nimi", "Sähköposti"], ["Aino Köykkä", "aino@avi.example"]]).removesuffix(
        "</sheetData>"
    )
    began = time.monotonic()
    assert shown(sheet_in_file(xlsx(A=f"{rows}{empty}</sheetData>")))[0][:2] == AINO[:2]
    assert (
        shown(sheet_in_text("Nimi;Sähköposti\nAino Köykkä;aino@avi.example" + "\n" * 1_000_000))[0][:2]
        == AINO[:2]
    )
    assert time.monotonic() - began < 20


def test_more_rows_than_a_list_may_have_are_refused_and_none_is_left_out():
    with pytest.raises(TooManyRows):
        sheet_in_text("\n".join(f"Aino;aino{n}@avi.example" for n in range(10_001)))


def test_a_huge_cell_is_refused_where_it_is_used():
    text = "Nimi;Sähköposti;Muuta\n{0};aino@avi.example;\nBo;bo@avi.example;{0}".format("x" * 100_000)
    assert [type(one) for one in people_in(sheet_in_text(text))] == [Refused, Listed]


def test_signs_that_no_database_keeps_are_left_out():
    assert shown(sheet_in_file(b"Nimi;S\xc3\xa4hk\xc3\xb6posti\nAi\0no;aino@avi.example"))[0][:2] == (
        "aino@avi.example",
        "Aino",
    )


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"%PDF-1.7 ...", IsADocument),
        (b"\x89PNG\r\n\x1a\n", IsADocument),
        (b"<html><table><tr><td>aino@avi.example", IsADocument),
        (b"\xd0\xcf\x11\xe0" + bytes(5000), NotASpreadsheet),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le") + bytes(5000), HasAPassword),
        (b"PK\x03\x04 and then nothing", NotASpreadsheet),
        (zipped({"word/document.xml": "<w/>"}), NotASpreadsheet),
        (bytes(range(256)) * 200, NotASpreadsheet),
        (b"", NothingInIt),
        (b" \n\n ; ;\n", NothingInIt),
        (xlsx(A=[]), NothingInIt),
        (b"x" * 5_300_000, SheetTooLarge),
    ],
)
def test_what_is_no_list_is_refused_with_the_reason(content, refusal):
    with pytest.raises(refusal):
        sheet_in_file(content)


def test_a_wrong_extension_does_not_matter():
    """The name of a file is never asked: each of these may be called list.xls."""
    assert shown(sheet_in_file(xlsx(A=SWEDISH))) == shown(sheet_in_file(csv_of(SWEDISH, "\t", "cp1252")))
