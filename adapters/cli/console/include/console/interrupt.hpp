#pragma once

/// Ctrl-C, and what else asks a program to end (SIGTERM, SIGHUP), ends the command at once with
/// exit code 128 and the signal's number (130 of Ctrl-C), except while a file is being put in
/// place.
namespace dsc::cli {

void end_on_interrupt();

/// As long as one lives, an interrupt waits for its end, so that no half of a file stays behind.
class uninterrupted {
 public:
  uninterrupted();
  ~uninterrupted();
  /// Whether the program has been asked to end: time for long work to undo what it did and return.
  bool is_over() const;
  uninterrupted(uninterrupted const&) = delete;
  uninterrupted& operator=(uninterrupted const&) = delete;
};

}  // namespace dsc::cli
