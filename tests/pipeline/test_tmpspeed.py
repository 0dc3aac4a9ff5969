import pytest
from tests.pipeline.conftest import Say
from tests.pipeline.test_flow import test_a_message_is_answered_once as t
@pytest.mark.parametrize("n", range(8))
async def test_x(n, say, bot):
    await t(say, bot)
