#pragma once
// Numbers that published libraries computed (tests/reference/README.md), and the rule by which ours are compared with
// them.

#include <functional>
#include <memory>

#include "test.hpp"

namespace tests {

/// An object of a reference file: a case, its arguments, an entry of a list. Reading a key that is not there, or of
/// another kind, throws std::invalid_argument with the key's name; with a fallback, an absent key gives the fallback.
class Reference {
 public:
  bool has(const std::string& key) const;
  std::string text(const std::string& key) const;
  std::string text(const std::string& key, const std::string& fallback) const;
  /// "inf", "-inf" and "nan" are numbers, here and below.
  double number(const std::string& key) const;
  double number(const std::string& key, double fallback) const;
  int integer(const std::string& key) const;
  int integer(const std::string& key, int fallback) const;
  bool flag(const std::string& key, bool fallback) const;
  /// The text at the key, which must be one of these.
  std::string choice(const std::string& key, const std::string& fallback, const std::vector<std::string>& known) const;
  std::string choice(const std::string& key, const std::vector<std::string>& known) const;
  /// Arguments for which the test has no rule but for this value, the peer's default.
  void only(const std::string& key, double value) const;
  void only(const std::string& key, const std::string& value) const;
  void never(const std::string& key) const;  ///< a flag that may be false
  /// Arguments that act through numbers of the case that are read in their place: a list of levels, a bound on errors.
  void settled(const std::vector<std::string>& keys) const;
  std::vector<double> numbers(const std::string& key) const;
  /// A list of n lists of d numbers as a matrix of d × n, one inner list a column.
  Eigen::MatrixXd state(const std::string& key) const;
  std::vector<Eigen::MatrixXd> states(const std::string& key) const;
  /// The object at the key; an empty one where the key is absent.
  Reference object(const std::string& key) const;
  /// The objects of a list; none where the key is absent.
  std::vector<Reference> objects(const std::string& key) const;

 private:
  friend Reference read_reference(const std::string& family);
  friend std::vector<std::string> unread_arguments(const Reference& object);
  std::shared_ptr<const void> json_;  // keeps the whole file alive
};

/// The head of a family's file, from tests/reference or from the folder that TWEEDIE_REFERENCE_DIR names.
Reference read_reference(const std::string& family);

/// What a case tells about its making that was not read: texts at its top other than its names, and the values of its
/// arguments, "args" and the like. Which were read is forgotten where the next case begins.
std::vector<std::string> unread_arguments(const Reference& object);

/// What became of the cases of a family.
struct Tally {
  int used = 0, named = 0, comparisons = 0;
  double worst = 0;  ///< the largest max|ours − theirs| / (1 + max|theirs|)
};

/// One case, with the family's mixture.
struct Case : Reference {
  Case(const Reference& object, const Reference& head, Tally& t);

  std::string id, type;  ///< type: the peer's class or function
  Reference args;
  double tolerance;
  tweedie::GaussianMixture<> mixture;
  Tally* tally;
};

/// Checks max|ours − theirs| ≤ tolerance·(1 + max|theirs|). A failure names the case and the two numbers furthest
/// apart. Equal infinities agree. Throws std::invalid_argument where theirs holds a NaN.
void compare(const Case& c, const std::string& what, const Eigen::MatrixXd& ours, const Eigen::MatrixXd& theirs);
void compare(const Case& c, const std::string& what, const std::vector<double>& ours,
             const std::vector<double>& theirs);
void compare(const Case& c, const std::string& what, double ours, double theirs);
void compare(const Case& c, const std::string& what, const std::vector<Eigen::MatrixXd>& ours,
             const std::vector<Eigen::MatrixXd>& theirs);

/// Cases that a test does not use, and why.
struct Named {
  std::function<bool(const Case&)> is;
  std::string reason;
};
/// The cases whose class is one of these.
std::function<bool(const Case&)> of_type(std::vector<std::string> types);
/// Cases that the peer answers with an exception.
bool raises(const Case& c);

/// Calls `check` for each case of the family that is not named. A case fails where its check throws or compares
/// nothing, and where it leaves an argument of the case unread.
void check_family(const std::string& family, const std::vector<Named>& named,
                  const std::function<void(const Case&)>& check);

}  // namespace tests
