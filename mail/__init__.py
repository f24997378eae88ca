"""The craft of mail: words, rendering, composing, handing over to SMTP stage by stage."""
