"""What identity does when something happened elsewhere."""

from shared.listening import Listeners

listeners = Listeners("identity")
