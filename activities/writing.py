"""What the mail room needs to write a mail: who, about what, in which words."""
