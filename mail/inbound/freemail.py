"""Domains whose mailboxes belong to people, not to a company: no match by domain there."""

_DOMAINS = (
    # World
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com passport.com yahoo.com "
    "ymail.com rocketmail.com aol.com aim.com icloud.com me.com mac.com proton.me protonmail.com "
    "pm.me tutanota.com tuta.io tuta.com zoho.com zohomail.com mail.com email.com gmx.com gmx.net "
    "fastmail.com fastmail.fm hey.com hushmail.com inbox.com yandex.com mailfence.com duck.com "
    "privaterelay.appleid.com mozmail.com riseup.net disroot.org posteo.net runbox.com "
    # Americas
    "comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net "
    "juno.com optonline.net rogers.com shaw.ca sympatico.ca telus.net videotron.ca uol.com.br "
    "bol.com.br terra.com.br ig.com.br globo.com yahoo.com.br hotmail.com.br outlook.com.br "
    "yahoo.com.mx yahoo.com.ar hotmail.com.ar prodigy.net.mx yahoo.ca live.ca "
    # Britain and Ireland
    "btinternet.com talktalk.net virginmedia.com sky.com ntlworld.com tiscali.co.uk yahoo.co.uk "
    "hotmail.co.uk live.co.uk outlook.ie eircom.net blueyonder.co.uk "
    # German
    "gmx.de gmx.at gmx.ch web.de t-online.de freenet.de arcor.de posteo.de mailbox.org online.de "
    "yahoo.de hotmail.de outlook.de live.de bluewin.ch aon.at chello.at hispeed.ch "
    # French, Dutch, Belgian
    "orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr bbox.fr yahoo.fr hotmail.fr live.fr "
    "outlook.fr ziggo.nl kpnmail.nl planet.nl xs4all.nl hetnet.nl home.nl live.nl hotmail.nl "
    "skynet.be telenet.be proximus.be "
    # Italian, Spanish, Portuguese
    "libero.it virgilio.it tiscali.it alice.it tin.it tim.it hotmail.it yahoo.it live.it "
    "outlook.it aruba.it yahoo.es hotmail.es outlook.es telefonica.net terra.es sapo.pt "
    "hotmail.pt outlook.pt "
    # North
    "telia.com hotmail.se live.se online.no live.no hotmail.no hotmail.dk live.dk mail.dk "
    "kolumbus.fi luukku.com "
    # East
    "wp.pl o2.pl onet.pl op.pl interia.pl interia.eu gazeta.pl poczta.onet.pl vp.pl tlen.pl "
    "seznam.cz email.cz centrum.cz post.cz volny.cz azet.sk zoznam.sk centrum.sk freemail.hu "
    "citromail.hu abv.bg mail.bg dir.bg gbg.bg yahoo.ro mail.ru bk.ru list.ru inbox.ru "
    "internet.ru yandex.ru ya.ru rambler.ru ukr.net i.ua meta.ua bigmir.net inbox.lv "
    # Turkey and the Near East
    "hotmail.com.tr yahoo.com.tr mynet.com turk.net ttmail.com walla.co.il walla.com "
    # Asia and the Pacific
    "qq.com vip.qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com 139.com "
    "189.cn aliyun.com tom.com 21cn.com yahoo.com.cn yahoo.com.hk yahoo.com.tw yahoo.co.jp "
    "docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp nifty.com ocn.ne.jp "
    "biglobe.ne.jp "
    "naver.com hanmail.net daum.net nate.com kakao.com yahoo.co.id yahoo.com.sg yahoo.com.my "
    "yahoo.com.ph yahoo.com.vn rediffmail.com yahoo.co.in yahoo.in bigpond.com bigpond.net.au "
    "optusnet.com.au yahoo.com.au live.com.au outlook.com.au xtra.co.nz"
)
FREEMAIL = frozenset(_DOMAINS.split())
