"""How a function becomes machine code, and the names its signature is written in.

What is written for numba is plain Python over arrays of bytes and numbers. A `step` is compiled into the functions that
call it; `compiled` marks one that Python calls, whose code is kept in numba's cache. Some instructions of the machine
that numba has no word for have one here: many bytes looked at or copied at once, and a number as Postgres has it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numba
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

MANY = 32  # bytes that are looked at, or copied, at once
# Without the GIL, so that the writer's thread goes on; and no checks for what cannot happen here. Nothing here makes an
# array, and whoever calls holds those it gives: counting who refers to them, at each step, takes as long as all else.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}
F = TypeVar("F", bound=Callable[..., Any])

# Arrays of one dimension, to read or to write, and of two; numba knows their types from the signatures.
ReadOnly = Any
Bytes = Any
Numbers = Any
Table = Any

if TYPE_CHECKING:

    def step(function: F) -> F:
        """Compile a function into its callers."""
        return function

    def word_at(array: ReadOnly, at: int) -> int:
        """Eight bytes as one number, the first of them its least."""

    def that_speak(array: ReadOnly, at: int, separator: int) -> int:
        """Of 32 bytes a bit for each that is a quote, a separator, a control character, or not ASCII."""

    def copy_many(source: ReadOnly, start: int, out: Bytes, at: int) -> None:
        """32 bytes as they stand."""

    def lowest(word: int) -> int:
        """The place of the lowest bit that is set."""

    def big_at(array: ReadOnly, at: int, size: int) -> int:
        """The reverse of `put_big`, with its sign."""

    def put_word(array: Bytes, at: int, word: int) -> None:
        """The reverse of `word_at`."""

    def put_big(array: Bytes, at: int, value: int, size: int) -> None:
        """A number as 1, 2, 4 or 8 bytes, the most significant first, as Postgres has them. `size` is a literal."""

else:
    step = numba.njit(**_OPTIONS, forceinline=True)

    def _address(context, builder, signature, args, bits):
        array = context.make_array(signature.args[0])(context, builder, args[0])
        at = builder.gep(array.data, [args[1]])
        return builder.bitcast(at, ir.IntType(bits).as_pointer())

    @intrinsic
    def word_at(_typing, array, at):  # noqa: ARG001 - numba gives the types of all
        def write(context, builder, signature, args):
            return builder.load(_address(context, builder, signature, args, 64), align=1)

        return types.uint64(array, types.intp), write

    _many = ir.VectorType(ir.IntType(8), MANY)

    def _at_32(context, builder, signature, args, array, at):
        data = context.make_array(signature.args[array])(context, builder, args[array]).data
        return builder.bitcast(builder.gep(data, [args[at]]), _many.as_pointer())

    @intrinsic
    def that_speak(_typing, array, at, separator):  # noqa: ARG001
        def write(context, builder, signature, args):
            found = builder.load(_at_32(context, builder, signature, args, 0, 1), align=1)
            byte = builder.trunc(args[2], ir.IntType(8))
            one = builder.insert_element(ir.Constant(_many, ir.Undefined), byte, ir.Constant(ir.IntType(32), 0))
            lanes = ir.Constant(ir.VectorType(ir.IntType(32), MANY), [0] * MANY)
            separators = builder.shuffle_vector(one, ir.Constant(_many, ir.Undefined), lanes)
            # As numbers with a sign, what is not ASCII is below what is not printed.
            speak = builder.icmp_signed("<", found, ir.Constant(_many, [32] * MANY))
            for other in (ir.Constant(_many, [34] * MANY), ir.Constant(_many, [127] * MANY), separators):
                speak = builder.or_(speak, builder.icmp_signed("==", found, other))
            return builder.zext(builder.bitcast(speak, ir.IntType(32)), ir.IntType(64))

        return types.uint64(array, types.intp, types.int64), write

    @intrinsic
    def copy_many(_typing, source, start, out, at):  # noqa: ARG001
        def write(context, builder, signature, args):
            found = builder.load(_at_32(context, builder, signature, args, 0, 1), align=1)
            builder.store(found, _at_32(context, builder, signature, args, 2, 3), align=1)
            return context.get_dummy_value()

        return types.void(source, types.intp, out, types.intp), write

    @intrinsic
    def lowest(_typing, word):  # noqa: ARG001
        def write(_context, builder, _signature, args):
            return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

        return types.int64(types.uint64), write

    @intrinsic(prefer_literal=True)
    def big_at(_typing, array, at, size):  # noqa: ARG001
        bits = 8 * size.literal_value

        def write(context, builder, signature, args):
            number = builder.load(_address(context, builder, signature, args, bits), align=1)
            number = builder.bswap(number) if bits > 8 else number
            return number if bits == 64 else builder.sext(number, ir.IntType(64))

        return types.int64(array, types.intp, size), write

    @intrinsic
    def put_word(_typing, array, at, word):  # noqa: ARG001
        def write(context, builder, signature, args):
            builder.store(args[2], _address(context, builder, signature, args, 64), align=1)
            return context.get_dummy_value()

        return types.void(array, types.intp, types.uint64), write

    @intrinsic(prefer_literal=True)
    def put_big(_typing, array, at, value, size):  # noqa: ARG001
        bits = 8 * size.literal_value

        def write(context, builder, signature, args):
            number = args[2] if bits == 64 else builder.trunc(args[2], ir.IntType(bits))
            number = builder.bswap(number) if bits > 8 else number
            builder.store(number, _address(context, builder, signature, args, bits), align=1)
            return context.get_dummy_value()

        return types.void(array, types.intp, types.int64, size), write


def compiled(*signatures: str, short: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function at once for the types of each signature, or load it from the cache.

    One that takes a `short` time keeps the GIL: to get it back may take a thousand times as long.
    """
    options = {**_OPTIONS, "nogil": not short}
    made: Callable[[Callable[..., Any]], Any] = numba.njit(list(signatures), **options, cache=True)
    return made
