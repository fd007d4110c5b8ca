"""Mails: who is told what, in which words, and how a mail gets to its mailbox."""
