"""What ops and marketing write: playbooks and mails, read, checked, compared, published."""
