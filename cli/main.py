"""The terminal door: `sluice`, its commands, and how every one of them ends.

A word of the command line is looked up in `COMMANDS` and its module imported only when it is
used, so that `--help` loads neither Temporal nor a database. Every command takes `--json`.
"""

import importlib
import importlib.util
import os
import sys
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup, TyperOption
from typer.main import get_command, get_group

from cli import output
from domain.plain import unfit
from domain.refusal import Malformed

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("cli.running", "Start everything on this machine, in one terminal"),
    "demo": ("cli.demo", "The same with sample data and a fast clock"),
    "worker": ("cli.running", "Run the workflows and send the mail"),
    "serve": ("cli.running", "Serve the console and the API"),
    "mailbox": ("cli.running", "Catch mail on this machine, for trying things out"),
    "doctor": ("cli.running", "Say of each setting and engine what it is and whether it works"),
    "migrate": ("cli.running", "Bring the database to the newest shape"),
    "deal": ("cli.deal", "Open, move, win, lose and explain deals"),
    "contact": ("cli.contact", "The people we write to"),
    "user": ("cli.user", "The people who use Sluice: owners, managers, groups"),
    "key": ("cli.key", "The keys of other programs"),
    "webhook": ("cli.webhook", "Other programs that are told what happens"),
    "audit": ("cli.audit", "Who did what, and what was refused"),
    "mail": ("cli.mail", "What was sent, what was not, and what is in doubt"),
    "inbox": ("cli.inbox", "Mail that came in and waits for a person"),
    "task": ("cli.task", "What a person has to do next"),
    "playbook": ("cli.playbook", "The rules: check, simulate, publish"),
    "template": ("cli.template", "The words: check, preview, send a test"),
    "nurture": ("cli.nurture", "Series for contacts: enroll, stop, show"),
    "event": ("cli.event", "Tell that something happened to a contact"),
    "events": ("cli.events", "What happens in the whole house, as it is recorded"),
    "import": ("cli.imports", "Bring in deals and contacts from a file"),
    "command": ("cli.command", "What became of a command"),
    "backup": ("cli.upkeep", "Copy the memory to a safe place"),
    "verify": ("cli.upkeep", "Compare the ledger with everything made from it"),
    "rebuild": ("cli.upkeep", "Make the read models and the workflows anew"),
}
"""Each first word: the module that has it and what it does.

A module offers `app = typer.Typer()`. If the app has a command that is called like the word, that
command is meant; otherwise the word is a group with all commands of the app.
"""


class Rooms(TyperGroup):
    """The first words, each loaded when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The words whose module is there, in the order of the table."""
        return [word for word, (module, _) in COMMANDS.items() if importlib.util.find_spec(module)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command behind a word, or None."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, does = COMMANDS[cmd_name]
        app: typer.Typer = importlib.import_module(module).app
        app.rich_markup_mode = None
        group = get_group(app)
        found = group.commands.get(cmd_name, group)
        found.name = cmd_name
        found.help = found.help or does
        if isinstance(found, TyperGroup):
            found.no_args_is_help = not found.invoke_without_command
        _teach_json(found)
        return found

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Look a word up; a typing error is answered with the word that may be meant."""
        # Only the names are used, for the suggestion.
        self.commands = cast(Any, dict.fromkeys(self.list_commands(ctx)))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the words without loading what is behind them."""
        rows = [(word, COMMANDS[word][1]) for word in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"sluice {version('sluice')}")
        raise typer.Exit


app = typer.Typer(
    cls=Rooms,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit: 0 done, 1 a fault of ours, 2 malformed, 3 refused by a rule, 4 not found, "
    "5 an engine cannot be reached. Settings: sluice doctor.",
)


@app.callback(invoke_without_command=True)
def sluice(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Sluice keeps a sales pipeline flowing."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _wants_json(value: bool) -> None:
    if value:
        output.speak_json()


def _json_option() -> TyperOption:
    """`--json` as an option that its command's function does not see."""
    probe = typer.Typer(add_completion=False)

    @probe.command()
    def asked(
        as_json: Annotated[
            bool,
            typer.Option(
                "--json", help="Print data as JSON", callback=_wants_json, expose_value=False
            ),
        ] = False,
    ) -> None: ...

    [option] = get_command(probe).params
    assert isinstance(option, TyperOption)
    return option


def _teach_json(command: Any) -> None:
    """Let a command and all below it take `--json`."""
    for below in getattr(command, "commands", {}).values():
        _teach_json(below)
    if not any("--json" in option.opts for option in command.params):
        command.params.append(_json_option())


def run(arguments: list[str]) -> int:
    """Do what the arguments say and give the exit; every error is told in one place."""
    output.speak_json("--json" in arguments)
    try:
        for number, argument in enumerate(arguments, 1):
            wrong = unfit(argument)
            if wrong is not None:
                raise Malformed(wrong, f"argument {number}")
        door = get_command(app)
        _teach_json_here(door)
        done = door.main(arguments, prog_name="sluice", standalone_mode=False)
        return done if isinstance(done, int) else output.DONE
    except KeyboardInterrupt:
        return 130
    except typer.Abort:
        output.note("sluice: stopped")
        return output.FAULT
    except BrokenPipeError:
        # The reader left (`| head`); nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return output.FAULT
    except Exception as error:
        if os.environ.get("SLUICE_DEBUG"):
            raise
        return output.tell(error)


def _teach_json_here(door: Any) -> None:
    door.params.append(_json_option())


def main() -> None:
    """The program `sluice`."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
