"""What several processes of the portal remember, each for itself."""

from multiprocessing import get_context

from services.portal.clients.remembered import Remembered


def test_what_one_process_forgets_its_neighbours_ask_for_anew():
    asked: list[str] = []
    remembered = Remembered(lambda key: asked.append(key) or len(asked))
    assert (remembered.of("avi"), remembered.of("avi")) == (1, 1)
    neighbour = get_context("fork").Process(target=remembered.forget)
    neighbour.start()
    neighbour.join()
    assert (remembered.of("avi"), remembered.of("avi")) == (2, 2)
