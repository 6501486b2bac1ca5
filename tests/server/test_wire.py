"""What the server and its builder hand each other."""

import shutil

from feeds.settings import Settings
from server.wire import read_settings, write_settings


def test_settings_reach_the_builder_though_their_folder_was_swept(tmp_path):
    file = tmp_path / "stoker" / "settings"
    write_settings(Settings(), file)
    shutil.rmtree(file.parent)
    write_settings(Settings(), file)
    assert read_settings(file) == Settings()
