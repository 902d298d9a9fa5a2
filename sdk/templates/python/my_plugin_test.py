"""The step with scripted answers in place of the daemon's: python3 my_plugin_test.py"""
import unittest
from unittest import mock

import my_plugin

CALL = {"call": 1, "input": {"url": "https://example.com/"}, "config": {}}


class MyPluginTest(unittest.TestCase):
    def run_with(self, reply, call=CALL):
        with mock.patch.object(my_plugin, "fetch", return_value=reply):
            return my_plugin.run(call)

    def test_a_page_has_a_title(self):
        result = self.run_with({"failure": "", "status": 200, "body": "<title>Example Domain</title>"})
        self.assertEqual(result, {"class": "ok", "output": {"title": "Example Domain", "bytes": 29}})

    def test_a_page_that_is_gone_is_not_tried_again(self):
        self.assertEqual(self.run_with({"failure": "", "status": 404})["class"], "not_found")

    def test_a_failure_of_the_network_is_tried_again(self):
        result = self.run_with({"failure": "timeout", "message": "no answer"})
        self.assertEqual((result["class"], result["code"]), ("transient", "timeout"))

    def test_an_input_without_url_is_refused(self):
        self.assertEqual(self.run_with(None, {**CALL, "input": {"ulr": "a slip"}})["class"], "invalid_input")

    def test_a_cancel_ends_it(self):
        self.assertEqual(self.run_with(None)["class"], "cancelled")


if __name__ == "__main__":
    unittest.main()
