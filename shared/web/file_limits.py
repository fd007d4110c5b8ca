"""How large files may be: said beside every field for files, and held by the gateway, the portal and the services alike."""

MEGABYTE = 1024 * 1024
PICTURE_MEGABYTES, TEXT_MEGABYTES = 25, 2  # a phone's photograph; pasted text, design tokens
METADATA_MEGABYTES = 1  # of one SAML provider; those of a federation are fetched
LARGEST_PICTURE, LARGEST_TEXT = PICTURE_MEGABYTES * MEGABYTE, TEXT_MEGABYTES * MEGABYTE
SHEET_MEGABYTES = 5  # a list of people as a personnel system writes it, with all its columns
LARGEST_SHEET = SHEET_MEGABYTES * MEGABYTE
MOST_MEGAPIXELS = 50
MOST_PIXELS = MOST_MEGAPIXELS * MEGABYTE
# A form with a file that is a little too large is read to its end: so what was typed beside the file comes back.
LARGEST_FORM = LARGEST_PICTURE + 7 * MEGABYTE
FRAME = 64 * 1024  # what multipart/form-data puts around one file
LARGEST_SCIM = 256 * 1024  # a request of a directory: a group's first 2,000 members
