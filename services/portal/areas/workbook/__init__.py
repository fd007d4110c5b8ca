"""The workbook: writing it, clearing quotes, editions and their launch, reading it."""
