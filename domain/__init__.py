"""What is true: values and pure functions about deals, contacts, playbooks and time."""
