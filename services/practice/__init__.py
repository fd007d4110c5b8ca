"""Practice: what teams make of the workbook, their ground rules above all."""
