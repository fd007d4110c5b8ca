"""The workbook: written from what staff said and found, cleared, approved, set and launched."""
