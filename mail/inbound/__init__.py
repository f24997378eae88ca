"""Reading mail that comes in: bytes in, frozen values out; no database, no clock.

`message.read` makes a `Message` of bytes, `classify.classify` says what kind of mail it is,
`keys.keys_of` what it can be matched by, `visible.visible_reply` what its author wrote.
"""
