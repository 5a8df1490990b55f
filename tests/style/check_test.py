#!/usr/bin/env python3
"""The style check sees what it is for and leaves alone what is right."""

import unittest

from check import check_file


def problems(path, text):
    return [problem for _, problem in check_file(path, text)]


class Includes(unittest.TestCase):
    def expect(self, path, include, refused):
        found = problems(path, f"#pragma once\n#include {include}\n")
        self.assertEqual(bool(found), refused, (path, include, found))

    def test_direction(self):
        self.expect("runtime_api/session.h", '"emulator/config/model.h"', True)
        self.expect("emulator/kafka/consumer.h", '"emulator/esm/batch.h"', True)
        self.expect("emulator/kafka/consumer.h", '"emulator/config/model.h"', False)
        self.expect("emulator/esm/poller.cpp", '"emulator/kafka/record_source.h"', False)
        self.expect("emulator/esm/poller.cpp", '"emulator/kafka/consumer.h"', True)
        self.expect("emulator/esm/poller.cpp", '"emulator/function/pool.h"', True)
        self.expect("emulator/control/status.h", '"emulator/kafka/consumer.h"', True)
        self.expect("emulator/control/status.h", '"emulator/app.h"', True)
        self.expect("emulator/function/pool.h", '"runtime_api/session.h"', False)
        self.expect("emulator/app.cpp", '"emulator/kafka/consumer.h"', False)

    def test_confined_headers(self):
        self.expect("runtime_api/http_server.cpp", "<boost/beast/core.hpp>", False)
        self.expect("runtime_api/http_server.h", "<boost/beast/core.hpp>", True)
        self.expect("emulator/control/client.h", "<httplib.h>", True)
        self.expect("emulator/function/pool.cpp", "<boost/process.hpp>", True)
        self.expect("emulator/esm/poller.cpp", "<librdkafka/rdkafka.h>", True)
        self.expect("emulator/config/uuid.cpp", "<boost/uuid/uuid.hpp>", False)


class Sizes(unittest.TestCase):
    def function(self, lines, head="void f(int a) {"):
        return head + "\n" + "  g(\"{\", '{');  // {\n" * (lines - 2) + "}\n"

    def test_functions(self):
        self.assertEqual(problems("a.cpp", self.function(70)), [])
        self.assertEqual(len(problems("a.cpp", self.function(71))), 1)
        self.assertEqual(
            len(problems("a.cpp", "namespace n {\nstruct S {\n" + self.function(71) + "};\n}\n")), 1
        )
        self.assertEqual(problems("a.cpp", "namespace n {\n" + self.function(60) * 3 + "}\n"), [])
        self.assertEqual(
            problems("a.cpp", 'const char* t = R"({{{\n)";\n' + self.function(60) * 3), []
        )
        self.assertEqual(problems("a.cpp", self.function(90, "const int a[] = {")), [])
        self.assertEqual(len(problems("a.py", "def f():\n" + "    g()\n" * 70)), 1)

    def test_files_and_lines(self):
        self.assertEqual(problems("a.cpp", "int a;\n" * 400), [])
        self.assertEqual(len(problems("a.cpp", "int a;\n" * 401)), 1)
        self.assertEqual(len(problems("a.cpp", "x" * 101)), 1)
        self.assertEqual(len(problems("a.cpp", "// TO" "DO: later")), 1)
        self.assertEqual(len(problems("a.h", "int a;")), 1)


if __name__ == "__main__":
    unittest.main()
