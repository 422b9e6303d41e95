"""A system that is declared elsewhere works, or is refused where it is used and nowhere else."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard

_PLUGINS = "test_plugins.py::test"

SYSTEMS = (
    Safeguard(
        "an import that fails is told with its package",
        "etl/systems/plugins.py",
        "        found = plugin.point.load()\n    except (Exception, SystemExit) as error:",
        "        found = plugin.point.load()\n    except ZeroDivisionError as error:",
        (f"{_PLUGINS}_a_broken_package_ends_with_78_and_is_named",),
        quick=True,
    ),
    Safeguard(
        "what is imported is a system",
        "etl/systems/plugins.py",
        "if not isinstance(found, kind):",
        "if False:",
        (f"{_PLUGINS}_a_broken_package_ends_with_78_and_is_named",),
        only="object",
    ),
    Safeguard(
        "an installed declaration is checked when it is loaded",
        "etl/systems/plugins.py",
        "    wrong = faults(system)\n    if not wrong and",
        "    wrong = list[str]()\n    if not wrong and",
        (f"{_PLUGINS}_a_declaration_that_cannot_work_is_refused_with_its_field",),
        quick=True,
    ),
    Safeguard(
        "a declaration in a file is checked when it is loaded",
        "etl/systems/registry.py",
        "            wrong = faults(system)\n",
        "            wrong = list[str]()\n",
        (f"{_PLUGINS}_a_file_that_fails_ends_with_78_and_is_named",),
        only="key",
    ),
    Safeguard(
        "the name of an entry point is the id of its system",
        "etl/systems/plugins.py",
        "if not wrong and system.id != name:",
        "if False:",
        (f"{_PLUGINS}_a_broken_package_ends_with_78_and_is_named",),
        only="id",
    ),
    Safeguard(
        "an id that two declare is nobody's",
        "etl/systems/registry.py",
        "if len(who) > 1:",
        "if False:",
        (
            f"{_PLUGINS}_two_packages_with_one_id_are_both_named",
            f"{_PLUGINS}_a_file_that_fails_ends_with_78_and_is_named",
        ),
        quick=True,
    ),
    Safeguard(
        "a file that cannot be run is told where its system is asked for",
        "etl/systems/registry.py",
        "            raise unread[0]\n",
        "            pass\n",
        (f"{_PLUGINS}_a_file_that_fails_ends_with_78_and_is_named",),
    ),
    Safeguard(
        "a file is run once",
        "etl/systems/registry.py",
        "            if path not in self._files:\n",
        "            if True:\n",
        (f"{_PLUGINS}_a_file_is_run_once_however_often_its_configuration_is_read",),
    ),
    Safeguard(
        "no plugin is imported that is not used",
        "etl/config/learnt.py",
        "for system in SYSTEMS.loaded.values()",
        "for system in SYSTEMS.values()",
        (
            f"{_PLUGINS}_help_imports_no_plugin_and_an_export_only_what_its_accounts_need",
            f"{_PLUGINS}_a_broken_plugin_hinders_nobody_who_does_not_use_it",
        ),
        quick=True,
    ),
    Safeguard(
        "targets in a module of their own are checked",
        "etl/systems/targets.py",
        "    if wrong := target_faults(system, found):",
        "    if wrong := list[str]():",
        (f"{_PLUGINS}_targets_in_a_module_of_their_own_are_checked",),
    ),
    Safeguard(
        "a plugin's tables are those that it declares",
        "etl/systems/guarded.py",
        "    if wrong := _wrong(stream, tables, frame.height):",
        '    if wrong := "":',
        (f"{_PLUGINS}_a_function_that_fails_is_no_bug_of_ours",),
        only="nothing or columns or loses",
        quick=True,
    ),
    Safeguard(
        "a plugin that fails is no bug of ours",
        "etl/errors.py",
        "            if who := _plugin_of(frame.filename):",
        '            if who := "":',
        (f"{_PLUGINS}_a_function_that_fails_is_no_bug_of_ours",),
        only="raises",
    ),
    Safeguard(
        "two fields are not for one column",
        "etl/systems/declare/fields.py",
        "        if column in found:",
        "        if False:",
        (f"{_PLUGINS}_a_declaration_that_cannot_work_is_refused_with_its_field",),
        only="columns",
    ),
    Safeguard(
        "an option is no key of every account",
        "etl/config/settings.py",
        "    if both := sorted(own & options.keys()):",
        "    if both := list[str]():",
        (f"{_PLUGINS}_a_declaration_that_cannot_work_is_refused_with_its_field",),
        only="own",
    ),
    Safeguard(
        "the names of fields are those of the systems in use",
        "etl/systems/shared/own_names.py",
        "    return _own_names(tuple(SYSTEMS.loaded), table, columns)",
        '    return _own_names(("cyclesoftware", "recras", "invoicing"), table, columns)',
        (f"{_PLUGINS}_the_names_of_fields_are_those_of_the_systems_in_use",),
    ),
)
