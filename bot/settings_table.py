"""The one list of settings, and of their defaults: environment variables.

The README's table, `ngozi check` and deploy/env.example are held against it by tests.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TABLE", "Setting"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable. per_account: other accounts append __<ACCOUNT> to the name."""

    name: str
    default: str
    meaning: str
    secret: bool = False
    per_account: bool = False


TABLE: tuple[Setting, ...] = (
    Setting("NGOZI_HOME", "~/.ngozi", "folder of everything the embedded mode keeps (mode 0700)"),
    Setting(
        "NGOZI_DATABASE_URL",
        "sqlite under NGOZI_HOME",
        "SQLAlchemy address: sqlite:/// or postgresql+psycopg://",
        True,
    ),
    Setting("NGOZI_BROKER_URL", "memory:// (embedded)", "Celery broker: memory:// or redis://", True),
    Setting(
        "NGOZI_MEDIA_URL",
        "media under NGOZI_HOME",
        "where encrypted photographs lie: a folder or s3://bucket/prefix",
    ),
    Setting(
        "NGOZI_VOICE_URL",
        "voice under NGOZI_HOME",
        "where sentences that were read aloud are kept, none of a person: a folder or s3://bucket/prefix",
    ),
    Setting(
        "NGOZI_SPOOL",
        "spool under NGOZI_HOME",
        "folder for webhook calls while the database refuses writes; local disk",
    ),
    Setting(
        "NGOZI_SECRET_KEY",
        "made on first embedded start",
        "32 bytes, base64; older ones after a comma for rotation: '2:NEW,1:OLD'",
        True,
    ),
    Setting("NGOZI_PUBLIC_URL", "", "https address under which the platforms reach this server"),
    Setting("NGOZI_HOST", "127.0.0.1", "address the web server listens on"),
    Setting(
        "NGOZI_PROXIES",
        "127.0.0.1,::1",
        "addresses or networks of our own proxy: only from these X-Forwarded-For is believed",
    ),
    Setting("NGOZI_PORT", "8000", "port the web server listens on, 0 to 65535 (0: any free one)"),
    Setting("NGOZI_TELEGRAM_TOKEN", "", "bot token from BotFather", True, True),
    Setting(
        "NGOZI_TELEGRAM_SECRET",
        "derived from the secret key",
        "webhook secret: 1-256 of A-Z a-z 0-9 _ -",
        True,
        True,
    ),
    Setting("NGOZI_TELEGRAM_API", "https://api.telegram.org", "base address of the Bot API"),
    Setting("NGOZI_TWILIO_ACCOUNT_SID", "", "Twilio account SID (AC...)", True, True),
    Setting("NGOZI_TWILIO_AUTH_TOKEN", "", "Twilio primary auth token (it signs the webhooks)", True, True),
    Setting("NGOZI_TWILIO_API", "https://api.twilio.com", "base address of Twilio's API"),
    Setting(
        "NGOZI_TWILIO_MEDIA_HOSTS",
        "api.twilio.com,mms.twiliocdn.com",
        "hosts photographs may be fetched from",
    ),
    Setting("NGOZI_WHATSAPP_FROM", "", "our WhatsApp sender, e.g. whatsapp:+15550100", True, True),
    Setting(
        "NGOZI_WHATSAPP_TEMPLATES",
        "",
        "content template per language outside the 24 h window: en=HX...,sw=HX...; alert=HX... calls a clinician",
        False,
        True,
    ),
    Setting("NGOZI_MODEL", "shipped", "folder of a trained model, or 'shipped', or 'off'"),
    Setting("NGOZI_WORDS", "1", "0: findings without the language model's words (saves 1 GiB of memory)"),
    Setting("NGOZI_LISTEN", "1", "0: no message is read aloud (else where the extra [voice] is installed)"),
    Setting(
        "NGOZI_WHISPER",
        "",
        "folder of a CTranslate2 Whisper model: voice messages are written down (extra [whisper])",
    ),
    Setting("NGOZI_LOG", "info", "debug, info, warning or error"),
    Setting(
        "NGOZI_ALLOW_UNREVIEWED",
        "0",
        "1: run language packs and clinical rows that nobody signed (demo does)",
    ),
    Setting(
        "NGOZI_EMERGENCY",
        "",
        "the country's emergency number, as people dial it there; without it only the demo starts",
    ),
    Setting("NGOZI_TIMEZONE", "UTC", "the time zone of the people, by its IANA name, such as Africa/Lagos"),
    Setting(
        "NGOZI_QUIET_HOURS",
        "20-7",
        "from 20 to 7 o'clock no reminder is sent: it waits for the morning; 0-0: no quiet hours",
    ),
    Setting("NGOZI_CRISIS_LINE", "", "number to call for whoever wants to die, as people dial it there"),
    Setting(
        "NGOZI_VIOLENCE_LINE", "", "number to call for whoever is hurt by somebody, as people dial it there"
    ),
    Setting(
        "NGOZI_PHOTO_DAYS",
        "30",
        "days a photograph is kept at most, 1 to 3650; an administrator may set fewer at /console/texts",
    ),
    Setting("NGOZI_LEASE_S", "120", "seconds after which work of a dead process is taken over, 2 to 3600"),
    Setting("NGOZI_SWEEP_S", "15", "seconds between two sweeps, 1 to 300"),
    Setting(
        "NGOZI_ASK_CLINICIANS",
        "1",
        "0: only health workers' cases reach the clinicians, not those of patients' own chats "
        "(but whoever may be in danger from themself or from somebody always does)",
    ),
    Setting("NGOZI_METRICS", "0", "1: counts on the health page, and /metrics for Prometheus (numbers only)"),
)
