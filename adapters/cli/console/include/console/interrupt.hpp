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

/// As long as one lives, the first interrupt ends `wait` instead of the command; the second one
/// ends the command.
class awaited_interrupt {
 public:
  awaited_interrupt();
  ~awaited_interrupt();
  awaited_interrupt(awaited_interrupt const&) = delete;
  awaited_interrupt& operator=(awaited_interrupt const&) = delete;

  /// Returns when there was an interrupt, at once where it has been already.
  void wait();

 private:
  int told_;  // what the handler writes into can be read here
};

}  // namespace dsc::cli
