"""The language of playbooks: its parts as values, its checks, its conditions and its words."""
