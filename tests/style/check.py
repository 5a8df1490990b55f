#!/usr/bin/env python3
"""Checks what README.md promises of the sources: who may include whom, where heavy headers stay,
sizes, forbidden words.

    check.py [ROOT]      one line for each violation; exit status 1 when there is any

Functions are found by counting braces, which is exact enough for sources in one style.
"""

import ast
import pathlib
import re
import sys

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
# Files that are longer for a reason: the Node client is carried by the binary as one file.
LONG_FILES = {"emulator/function/node_client/runtime.js": 700}
COLUMNS_MAX = 100
FOLDERS = ["runtime_api", "emulator", "tests", "examples", "testcontainers", "scripts"]
SUFFIXES = {".h", ".cpp", ".py", ".js", ".mjs", ".sh"}
CPP = {".h", ".cpp"}

# Which of our own headers (prefixes of their paths) the files of a folder may include; the longest
# folder that fits counts.
LEAVES = [
    "emulator/config/destination_name.h",
    "emulator/config/digest.h",
    "emulator/config/model.h",
    "emulator/config/temporary_home.h",
    "emulator/config/text.h",
    "emulator/config/utc.h",
    "emulator/config/uuid.h",
    "emulator/observe/log.h",
]
MAY_INCLUDE = {
    "runtime_api/": ["runtime_api/"],
    "emulator/": ["emulator/", "runtime_api/"],  # main, app and what stands beside them
    "emulator/config/": ["emulator/config/", *LEAVES],
    "emulator/observe/": ["emulator/observe/", *LEAVES],
    "emulator/aws/": ["emulator/aws/", "emulator/config/"],
    "emulator/secrets/": ["emulator/secrets/", "emulator/aws/", "emulator/config/"],
    "emulator/kafka/": ["emulator/kafka/", "emulator/config/", "emulator/observe/"],
    "emulator/function/": [
        "emulator/function/",
        "runtime_api/",
        "emulator/config/",
        "emulator/observe/",
    ],
    "emulator/esm/": [
        "emulator/esm/",
        "emulator/kafka/record.h",
        "emulator/kafka/record_source.h",
        "emulator/function/invoker.h",
        "runtime_api/utf8.h",
        *LEAVES,
    ],
    "emulator/schema/": [
        "emulator/schema/",
        "emulator/esm/json_writer.h",
        "emulator/package/base64.h",
        *LEAVES,
    ],
    "emulator/destination/": [
        "emulator/destination/",
        "emulator/esm/record_sink.h",
        "emulator/esm/failure_record.h",
        "emulator/aws/",
        "emulator/kafka/producer.h",
        "emulator/kafka/security.h",
        *LEAVES,
    ],
    "emulator/registry/": [
        "emulator/registry/",
        "emulator/schema/",
        "emulator/aws/",
        "emulator/esm/record_decoder.h",
        "emulator/kafka/record.h",
        "emulator/kafka/record_source.h",
        "emulator/observe/",
        *LEAVES,
    ],
    "emulator/package/": [
        "emulator/package/",
        "emulator/aws/",
        "emulator/observe/",
        *LEAVES,
    ],
    "emulator/doctor/": [
        "emulator/doctor/",
        "emulator/catalog/",
        "emulator/registry/",
        "emulator/schema/",
        "emulator/package/",
        "emulator/secrets/",
        "emulator/aws/",
        "emulator/kafka/",
        "emulator/function/",
        "emulator/config/",
    ],
    "emulator/catalog/": [
        "emulator/catalog/",
        "emulator/package/",
        "emulator/esm/",
        "emulator/function/",
        "emulator/observe/",
        "emulator/config/",
    ],
    "emulator/control/": [
        "emulator/control/",
        "emulator/catalog/",
        "emulator/package/",
        "emulator/aws/",
        "emulator/esm/",
        "emulator/function/",
        "emulator/observe/",
        "emulator/config/",
        "runtime_api/",
    ],
}
# Headers that cost seconds a file or whose library is one folder's business: the only places that
# include them.
CONFINED = {
    r"boost/(beast|asio)": r"runtime_api/(http_server\.cpp|request_parser\.h)|"
    r"tests/bench/bare_beast\.cpp",
    r"boost/process": r"emulator/function/process\.(h|cpp)",
    r"httplib\.h": r"emulator/aws/http_call\.cpp|runtime_api/telemetry_destination\.cpp",
    r"zip\.h": r"emulator/package/.*\.cpp|emulator/function/jar_file\.cpp|tests/.*",
    r"sqlite3\.h": r"emulator/catalog/sqlite_store\.cpp|tests/.*",
    r"pcre2\.h": r"emulator/(control/pattern|schema/json_pattern)\.cpp",
    r"google/protobuf/": r"emulator/schema/proto.*",
    r"simdjson\.h": r"emulator/esm/filter_record\.cpp|tests/.*",
    r"librdkafka/": r"emulator/kafka/.*|tests/.*",
}
FORBIDDEN_WORDS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def strip_strings(line):
    """Without string and character literals and line comments: their braces are not the code's."""
    line = re.sub(r'"(\\.|[^"\\])*"|(?<![0-9a-fA-F])\'(\\.|[^\'\\])+\'', '""', line)
    return line.split("//")[0]


def cpp_functions(lines):
    """Yields (first line number, length) of every block that follows a parameter list outside of a
    function.
    """
    in_raw, in_comment = None, False
    scopes = []  # of each open brace: the line at which a function began, or None
    statement = ""
    start = 1
    for number, line in enumerate(lines, 1):
        if in_raw is not None:
            if in_raw not in line:
                continue
            line, in_raw = '""' + line.split(in_raw, 1)[1], None
        if in_comment:
            if "*/" not in line:
                continue
            line, in_comment = line.split("*/", 1)[1], False
        if raw := re.search(r'R"([^(\s]*)\(', line):
            end = f'){raw.group(1)}"'
            rest = line[raw.end() :]
            line = line[: raw.start()] + '""' + (rest.split(end, 1)[1] if end in rest else "")
            in_raw = None if end in rest else end
        line = re.sub(r"/\*.*?\*/", "", strip_strings(line))
        if "/*" in line:
            line, in_comment = line.split("/*", 1)[0], True
        if line.lstrip().startswith("#"):
            continue
        for character in line:
            if not statement.strip():
                start = number
            if character == "{":
                inside = any(scope is not None for scope in scopes)
                is_function = not inside and ")" in statement and "=" not in statement.split("(")[0]
                scopes.append(start if is_function else None)
                statement = ""
            elif character == "}":
                began = scopes.pop() if scopes else None
                if began is not None:
                    yield began, number - began + 1
                statement = ""
            elif character == ";":
                statement = ""
            else:
                statement += character
        statement += " "


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def check_include(path, quote, header):
    """What is wrong with this include, or None."""
    for pattern, home in CONFINED.items():
        if re.match(pattern, header) and not re.fullmatch(home, path):
            return f"includes {header}, which stays in {home}"
    if quote != '"':
        return None
    folder = max(
        (folder for folder in MAY_INCLUDE if path.startswith(folder)), key=len, default=None
    )
    if folder is not None and not header.startswith(tuple(MAY_INCLUDE[folder])):
        return f"includes {header}: against the direction of includes (MAY_INCLUDE, README.md)"
    if (
        folder is not None
        and header.startswith("emulator/")
        and header.count("/") == 1
        and path.count("/") > 1
    ):
        return f"includes {header}: only main and app include what stands beside them"
    return None


def check_file(path, text):
    """Yields (line number, what is wrong); `path` is relative to the repository."""
    lines = text.splitlines()
    suffix = pathlib.PurePath(path).suffix
    most = LONG_FILES.get(str(path), FILE_LINES_MAX)
    if len(lines) > most:
        yield len(lines), f"the file has {len(lines)} lines; at most {most}"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            yield number, f"{len(line)} columns; at most {COLUMNS_MAX}"
        if FORBIDDEN_WORDS.search(line):
            yield number, f"says {FORBIDDEN_WORDS.search(line).group(0)}: do it, or file an issue"
        if suffix in CPP and (include := INCLUDE.match(line)):
            if problem := check_include(path, *include.groups()):
                yield number, problem
    functions = (
        cpp_functions(lines) if suffix in CPP else python_functions(text) if suffix == ".py" else []
    )
    for number, length in functions:
        # A Catch2 test case is a list of sections, which are what a reader takes at a time.
        if length > FUNCTION_LINES_MAX and not lines[number - 1].startswith(
            ("TEST_CASE", "SCENARIO")
        ):
            yield number, f"the function has {length} lines; at most {FUNCTION_LINES_MAX}"
    if suffix == ".h" and "#pragma once" not in text:
        yield 1, "no #pragma once"


def sources(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix in SUFFIXES and "node_modules" not in path.parts:
                yield path


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    violations = 0
    checked = 0
    for path in sources(root):
        checked += 1
        name = path.relative_to(root).as_posix()
        for number, problem in check_file(name, path.read_text()):
            print(f"{name}:{number}: {problem}")
            violations += 1
    print(f"style: {checked} files, {violations} violations")
    return 1 if violations or checked == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
