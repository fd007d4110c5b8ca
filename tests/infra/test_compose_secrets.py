"""What lies in the checkout and must not leave it: the gateway's key is in no image and in no commit."""

import re
import subprocess
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]
TLS = "infra/compose/tls"


def ignored_by_docker(path: str) -> bool:
    """The last pattern that fits a file or a folder above it decides (docs.docker.com/build/concepts/context)."""
    places = [path, *(str(above) for above in PurePosixPath(path).parents if str(above) != ".")]
    ignored = False
    for line in (ROOT / ".dockerignore").read_text().split():
        pattern = line.removeprefix("!").strip("/")
        if any(as_expression(pattern).fullmatch(place) for place in places):
            ignored = not line.startswith("!")
    return ignored


def as_expression(pattern: str) -> re.Pattern:
    """Of moby/patternmatcher: `**/` is any folders or none, `*` stays within one."""
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile(
        "".join(words.get(word, re.escape(word)) for word in re.split(r"(\*\*/|\*\*|\*|\?)", pattern))
    )


def ignored_by_git(path: str) -> bool:
    asked = subprocess.run(["git", "check-ignore", "-q", "--no-index", path], cwd=ROOT, check=False)
    assert asked.returncode in (0, 1), "git could not be asked"
    return asked.returncode == 0


@pytest.mark.parametrize(
    "name", ["privkey.pem", "fullchain.pem", "live/privkey1.pem", "server.key", "anything"]
)
def test_what_lies_in_the_folder_of_the_certificate_leaves_by_no_way(name):
    assert ignored_by_docker(f"{TLS}/{name}")
    assert ignored_by_git(f"{TLS}/{name}")


@pytest.mark.parametrize(
    "path", [".polku/secrets.json", ".env", ".git/config", "infra/key.pem", "shared/__pycache__/a.pyc"]
)
def test_secrets_and_litter_are_not_in_the_image(path):
    assert ignored_by_docker(path)


def test_all_that_runs_is_in_the_image():
    houses = subprocess.run(
        ["git", "ls-files", "shared", "services", "infra"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    left_out = {path for path in ["requirements.txt", *houses.stdout.split()] if ignored_by_docker(path)}
    assert left_out == {f"{TLS}/README.md"}


def test_the_word_about_the_certificate_is_kept():
    assert not ignored_by_git(f"{TLS}/README.md")


def test_the_certificate_lies_there_unless_somebody_says_otherwise():
    assert f"${{TLS_FOLDER:-./{TLS}}}:/tls:ro" in (ROOT / "docker-compose.yml").read_text()
