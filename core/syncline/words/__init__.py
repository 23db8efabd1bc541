"""Words of captions: tokens with offsets, noun phrases and their heads, and Flickr30k Entities sentences.

Below the verbs, because edits snap to words, similarity reads heads and exporters write sentences.
"""

from .flickr30k import dump_sentences, load_sentences, read_sentence, write_sentence
from .phrases import find_phrases, head
from .tokens import is_word, tokens_of

__all__ = [
    "dump_sentences",
    "find_phrases",
    "head",
    "is_word",
    "load_sentences",
    "read_sentence",
    "tokens_of",
    "write_sentence",
]
