"""People over HTTP: the directory, oneself, units and sites, and addresses for mails."""
