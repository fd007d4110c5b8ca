"""A pack: a real conversation, its comments and its votes, that the story's people say and cast.

Files: comments.csv[.gz] (id, text, author, created, moderated -1/0/1, optionally lang), votes.csv[.gz] (voter,
comment, vote 1/0/-1, time; the last row of a pair counts) and meta.json (language).
"""

import csv
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

LANGUAGES = {"fi", "sv", "en", "se", "et", "ru", "uk", "de"}  # what the page for giving views offers by name
VALUES = {1: "agree", 0: "pass", -1: "disagree"}


class BadPack(Exception):
    """The folder is not a pack; the text says what is wrong."""


@dataclass(frozen=True)
class Comment:
    """A comment of the conversation; `rejected` by its own moderators."""

    id: int
    text: str
    author: int
    language: str
    rejected: bool


@dataclass
class Pack:
    """`votes[voter][comment]` is 1, 0 or -1."""

    name: str
    comments: list[Comment]
    votes: dict[int, dict[int, int]] = field(repr=False)

    @cached_property
    def people(self) -> list[int]:
        """Returns everybody who wrote or voted, in the order of their numbers."""
        return sorted({comment.author for comment in self.comments} | set(self.votes))

    @cached_property
    def spread(self) -> dict[int, list[int]]:
        """All votes on each comment: how those who did not meet it in the pack are likely to vote."""
        found: dict[int, list[int]] = defaultdict(list)
        for cast in self.votes.values():
            for comment, vote in cast.items():
                found[comment].append(vote)
        return found

    @cached_property
    def written_by(self) -> dict[int, list[Comment]]:
        found: dict[int, list[Comment]] = defaultdict(list)
        for comment in self.comments:
            found[comment.author].append(comment)
        return dict(found)

    def part(self, which: int, of: int, people: list[int]) -> "Pack":
        """One of `of` stretches of the comments, said by these people in turn: a smaller conversation."""
        length = len(self.comments) // of
        chosen = self.comments[which * length : (which + 1) * length]
        comments = [replace(comment, author=people[nr % len(people)]) for nr, comment in enumerate(chosen)]
        return Pack(self.name, comments, {person: self.votes.get(person, {}) for person in people})

    @cached_property
    def place(self) -> dict[int, int]:
        """Returns a comment's place in the pack, by its id; it spreads the comments over the themes."""
        return {comment.id: place for place, comment in enumerate(self.comments)}

    def joined_by(self, people: int) -> "Pack":
        """Returns the conversation with at least so many people: those who join vote as anybody does."""
        more = range(max(self.people) + 1, max(self.people) + 1 + people - len(self.people))
        return Pack(self.name, self.comments, self.votes | {person: {} for person in more})

    def vote(self, person: int, comment: int) -> str:
        """Returns the person's answer: their own vote, or one drawn (always the same) from everybody's."""
        vote = self.votes.get(person, {}).get(comment)
        if vote is None:
            vote = random.Random(f"{person}:{comment}").choice(self.spread.get(comment) or [0])
        return VALUES[vote]


def read_pack(folder: Path) -> Pack:
    meta = folder / "meta.json"
    language = json.loads(meta.read_text()).get("language", "en") if meta.exists() else "en"
    comments = [comment_of(row, language) for row in rows(folder, "comments")]
    if not comments:
        raise BadPack(f"{folder} has no comments.")
    return Pack(folder.name, comments, votes_of(folder, {comment.id for comment in comments}))


def comment_of(row: dict[str, str], language: str) -> Comment:
    spoken = row.get("lang") or language
    return Comment(
        id=int(row["id"]),
        text=row["text"].strip(),
        author=int(float(row["author"])),
        language=spoken if spoken in LANGUAGES else "mul",
        rejected=int(float(row["moderated"] or 0)) < 0,
    )


def votes_of(folder: Path, known: set[int]) -> dict[int, dict[int, int]]:
    votes: dict[int, dict[int, int]] = defaultdict(dict)
    for row in rows(folder, "votes"):
        if int(row["comment"]) in known:
            votes[int(float(row["voter"]))][int(row["comment"])] = int(float(row["vote"]))
    return dict(votes)


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    packed, plain = folder / f"{name}.csv.gz", folder / f"{name}.csv"
    if not (packed.exists() or plain.exists()):
        raise BadPack(f"{folder} has no {name}.csv.gz. PACK=dir names the folder of a pack.")
    with (
        gzip.open(packed, "rt", encoding="utf-8") if packed.exists() else plain.open(encoding="utf-8") as file
    ):
        yield from csv.DictReader(file)
