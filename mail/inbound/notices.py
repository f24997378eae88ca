"""The words by which delivery notices without a machine-readable report are known.

They are what the named servers write (Postfix, Exim, Sendmail, qmail, Exchange, Domino, the big
providers and gateways), gathered from real notices; each row may be read on its own.
"""

import re


def _any(*rows: str, before: str = "", after: str = "") -> re.Pattern[str]:
    return re.compile(f"{before}(?:{'|'.join(rows)}){after}", re.IGNORECASE)


# Who sends notices (RFC 5321 section 4.5.5; RFC 2142 for postmaster).
DAEMON = _any(
    r"mail(er)?[-_.]?d(a)?emon",
    r"post[-_.]?master",
    r"mail[-_.](delivery[-_.]system|admin(istrator)?)",
    r"mdaemon|sysadmin|mailer",
    before="^",
    after=r"\b",
)
DAEMON_NAME = _any(
    r"mail (delivery|deliver|administrator|system)",
    r"mailer[- ]daemon|postmaster|system administrator|NDR administrator",
    r"delivery subsystem|internet mail delivery",
)

# How their subjects begin. "Re:" before one of these is a person who answers a notice.
SUBJECT = _any(
    r"returned mail|undeliver(able|ed)|failure notice|failed mail|bounced|non-?deliver",
    r"(mail )?deliver(y|ed)( \w+)? (fail|problem|status|error|notif|report|subsystem|warning)",
    r"mail (delivery|failed|failure|system error|rejected)|email error|error sending",
    r"message (delivery|status|could not|rejected)|could not be delivered|processing error",
    r"there was an error sending|warning: (could not|message)",
    r"unzustellbar|nicht zustellbar|mail konnte nicht",
    r"échec de|non remis|courrier non|utilisateur non",
    r"no se (puede|pudo) entregar|correo devuelto",
    r"mancata consegna|impossibile recapitare|messaggio non",
    r"falha na entrega|não (foi )?entreg",
    r"onbestelbaar|niet bezorgd",
    r"niedostarczon|nie można dostarczyć",
    r"iletilemedi|teslim edilemedi",
    r"недостав|не доставлено|неуспешна доставка|ваше сообщение не доставлено",
    r"tidak terkirim|gagal (dikirim|terkirim)",
    r"退信|无法投递|未送达|配信不能|配信できません|送信できません|送信エラー",
    before=r"^\W{0,3}",
)

# What a notice says somewhere before the returned copy.
SAYS_SO = _any(
    r"(could|can|was|were|has|have|did|been|is|be)( ?not|n't)( be| been)? (be )?"
    r"(deliver|reach|sent|process|forward|transmit|able to deliver)",
    r"undeliver|unable to (deliver|transfer)|wasn't able to deliver|trouble delivering",
    r"(delivery|deliver|delivering)( \S+){0,9} (fail|error|impossible|problem|not possible)",
    r"(had|returned|returning|permanent|fatal)( \S+){0,4} (error|to sender)|been returned",
    r"non-delivery|delivery errors?|mail failed|failed addresses|failure reasons",
    r"following (address|recipient|user)\S*( \w+){0,3} fail|rejected (recipient|by|your)",
    r"invalid (user|final|recipient)|no valid recipients|transcript of session|reason:",
    r"(unknown|no such) (user|host|address|recipient)|(user|host) unknown|quota",
    r"[45]\d\d[ -][45]\.\d\.\d|will be retried|error(s)?( \w+){0,2} (occurred|message)",
    r"n'existe pas|nicht zugestellt|не может быть доставлено",
    r"送信できません|送信に失敗",
)
# Words that no person writes: enough beside a subject, whoever the sender is.
STRONG = _any(
    r"could not be delivered to the following",
    r"non-delivery report|delivery status notification|mail system at host",
    r"undeliverable to the following|did not reach the following",
)
# The server has not given up.
WAITS = _any(
    r"warning only|do not need to resend|not a permanent|this is a temporary",
    r"attempts will continue|will be retried|still being retried|postponed",
    r"will (continue to|keep) (try|retry)",
    r"has been delayed|delayed \d+|not yet been delivered",
    r"temporar(y|ily) (error|fail|problem|unable)",
)
# The line at which the returned copy begins.
COPY = re.compile(
    r"(?im)^([^\w\n]{0,40}((below|included)( \w+){0,4}( is|:)? a copy|the first \d+ lines of"
    r"|(the )?(original|returned|unsent)( \S+){0,3}( message| mail| headers?)?( \w+){0,2}"
    r" (follows?|headers?|info)"
    r"|old message|original (message|mail)|unsent message|returned (message|mail follows)"
    r"|this is a copy|message text follows|-+ ?message header|(the )?header of the original"
    r"|text of the original|the body of the message)\b.{0,60}"
    r"|[> ]{0,6}(received|return-path|x-originating-ip): ?\S.*)$"
)
# Lines whose address is not the one that failed.
NOT_RECIPIENT = re.compile(
    r"(?i)^\s*(\w+ )?(from|sender|reply-to|mail from|subject|cc|message[- ]?id|contact"
    r"|>>> mail|sent to|help|support|abuse)\b\W"
    r"|\b(contact|envelope-from|postmaster|abuse@|support@|mailto:|resend|questions|mail from"
    r"|generated from|please (send|write|contact|forward))\b"
)
# What stands before the address of the one who was not reached: nothing, or one of these.
TOLD = re.compile(
    r"(?i)^[\W\d]{0,14}$"
    r"|(recipient|user(id)?|address|rcpt to|smtp)( address)?\W{1,4}(rfc822;)?\W{0,3}$"
    r"|^\W{0,8}[45]\d\d[ -][\d. ]{0,8}\W{0,3}$"
)
EVERY_ADDRESS = re.compile(
    r"[^\s<>()\[\],;:\"'@=|]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{1,190}[A-Za-z0-9]"
)
