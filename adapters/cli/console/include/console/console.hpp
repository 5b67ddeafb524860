#pragma once

#include <string>
#include <string_view>

#include <dsc/error.hpp>

/// The three ways in which the command speaks: results on stdout, everything else on stderr.
namespace dsc::cli {

/// Thrown where the reader of stdout has gone away, as `head` does: nobody is left to tell.
struct reader_gone {};

/// Lines for people, to stdout: what could steer a terminal is written as `\x1b` and the like.
/// Throws `cannot_write` where that fails, `reader_gone` where nobody reads any more.
void say(std::string_view text);

/// What programs read, to stdout, byte by byte. Throws as `say` does.
void say_document(std::string_view text);

/// Whether an output is meant for stdout: `-`, or a path of the descriptor itself, which must not
/// be opened anew or replaced by a file.
bool names_stdout(std::string_view output);

/// Makes sure that everything said has arrived; throws as `say` does.
void finish_saying();

/// How this program calls itself on stderr; `dsc` unless told otherwise.
void speak_as(std::string_view program);

/// One line on stderr: what went wrong, without line breaks.
void complain(std::string_view sentence);

/// `dsc-302: sentence` as `sentence (dsc-302)`.
std::string sentence_of(error const& failure);

/// One line on stderr: something to know that is no error.
void note(std::string_view sentence);

/// One line on stderr: no error, but a result that may be none.
void warn(std::string_view sentence);

}  // namespace dsc::cli
