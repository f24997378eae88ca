"""The mail side: the mail room, its hands, and the mailbox of this machine."""
