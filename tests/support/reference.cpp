#include "reference.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

namespace tests {

namespace {

using nlohmann::json;
using tweedie::require;
using tweedie::sentence;

const json& view(const std::shared_ptr<const void>& pointer) {
  static const json nothing = json::object();
  return pointer ? *static_cast<const json*>(pointer.get()) : nothing;
}

/// The values that the case at hand was asked for.
std::set<const json*>& read_values() {
  static std::set<const json*> values;
  return values;
}

const json& at(const std::shared_ptr<const void>& pointer, const std::string& key) {
  const json& object = view(pointer);
  require(object.contains(key), "reference: there is no \"", key, "\"");
  read_values().insert(&object.at(key));
  return object.at(key);
}

/// "args.KEY = VALUE" of each argument that was not read, and of those inside.
void add_unread(const json& object, const std::string& path, std::vector<std::string>& unread) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_null()) continue;  // the peer's default
    if (value.is_object())
      add_unread(value, path + key + ".", unread);
    else if (!read_values().contains(&value))
      unread.push_back(path + key + " = " + value.dump());
  }
}

bool holds_arguments(const std::string& key) {
  static const std::set<std::string> others{"set_timesteps", "schedule", "guidance", "range", "model"};
  return key.ends_with("args") || others.contains(key);
}
bool names_the_case(const std::string& key) {
  static const std::set<std::string> names{"id", "class", "note", "raises"};
  return names.contains(key);
}

double to_number(const json& value, const std::string& key) {
  if (value.is_string()) {
    if (value == "inf") return std::numeric_limits<double>::infinity();
    if (value == "-inf") return -std::numeric_limits<double>::infinity();
    if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  }
  require(value.is_number(), "reference: \"", key, "\" holds ", value.dump(), " in the place of a number");
  return value.get<double>();
}

Eigen::MatrixXd to_state(const json& value, const std::string& key) {
  require(value.is_array() && !value.empty() && value.front().is_array(), "reference: \"", key, "\" is no state");
  Eigen::MatrixXd x(Eigen::Index(value.front().size()), Eigen::Index(value.size()));
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    const json& column = value.at(std::size_t(i));
    require(Eigen::Index(column.size()) == x.rows(), "reference: \"", key,
            "\" is no state: its lists differ in length");
    for (Eigen::Index j = 0; j < x.rows(); ++j) x(j, i) = to_number(column.at(std::size_t(j)), key);
  }
  return x;
}

tweedie::GaussianMixture<> to_mixture(const Reference& gmm) {
  const std::vector<double> weights = gmm.numbers("weights");
  return {Eigen::VectorXd::Map(weights.data(), Eigen::Index(weights.size())), gmm.state("means"), gmm.states("covs")};
}

}  // namespace

bool Reference::has(const std::string& key) const {
  return view(json_).contains(key) && !view(json_).at(key).is_null();
}
std::string Reference::text(const std::string& key) const {
  const json& value = at(json_, key);
  require(value.is_string(), "reference: \"", key, "\" is ", value.dump(), ", not a text");
  return value.get<std::string>();
}
std::string Reference::text(const std::string& key, const std::string& fallback) const {
  return has(key) ? text(key) : fallback;
}
double Reference::number(const std::string& key) const {
  return to_number(at(json_, key), key);
}
double Reference::number(const std::string& key, double fallback) const {
  return has(key) ? number(key) : fallback;
}
int Reference::integer(const std::string& key) const {
  const double value = number(key);
  require(value == std::nearbyint(value), "reference: \"", key, "\" is ", value, ", not an integer");
  return int(value);
}
int Reference::integer(const std::string& key, int fallback) const {
  return has(key) ? integer(key) : fallback;
}
bool Reference::flag(const std::string& key, bool fallback) const {
  if (!has(key)) return fallback;
  require(at(json_, key).is_boolean(), "reference: \"", key, "\" is neither true nor false");
  return at(json_, key).get<bool>();
}
std::string Reference::choice(const std::string& key, const std::vector<std::string>& known) const {
  const std::string value = text(key);
  require(std::find(known.begin(), known.end(), value) != known.end(), "no rule for ", key, " = \"", value, "\"");
  return value;
}
std::string Reference::choice(const std::string& key, const std::string& fallback,
                              const std::vector<std::string>& known) const {
  return has(key) ? choice(key, known) : fallback;
}
void Reference::only(const std::string& key, double value) const {
  require(number(key, value) == value, "no rule for ", key, " = ", number(key, value));
}
void Reference::only(const std::string& key, const std::string& value) const {
  choice(key, value, {value});
}
void Reference::never(const std::string& key) const {
  require(!flag(key, false), "no rule for ", key, " = true");
}
void Reference::settled(const std::vector<std::string>& keys) const {
  for (const std::string& key : keys)
    if (has(key)) at(json_, key);
}
std::vector<double> Reference::numbers(const std::string& key) const {
  require(at(json_, key).is_array(), "reference: \"", key, "\" is no list");
  std::vector<double> values;
  for (const json& value : at(json_, key)) values.push_back(to_number(value, key));
  return values;
}
Eigen::MatrixXd Reference::state(const std::string& key) const {
  return to_state(at(json_, key), key);
}
std::vector<Eigen::MatrixXd> Reference::states(const std::string& key) const {
  require(at(json_, key).is_array(), "reference: \"", key, "\" is no list");
  std::vector<Eigen::MatrixXd> list;
  for (const json& value : at(json_, key)) list.push_back(to_state(value, key));
  return list;
}
Reference Reference::object(const std::string& key) const {
  Reference part;
  if (has(key)) part.json_ = std::shared_ptr<const void>(json_, &at(json_, key));
  return part;
}
std::vector<Reference> Reference::objects(const std::string& key) const {
  std::vector<Reference> list;
  if (!has(key)) return list;
  for (const json& value : at(json_, key)) {
    list.emplace_back();
    list.back().json_ = std::shared_ptr<const void>(json_, &value);
  }
  return list;
}

namespace {
/// The folder that TWEEDIE_REFERENCE_DIR names, or none.
const char* chosen_folder() {
  return std::getenv("TWEEDIE_REFERENCE_DIR");
}
std::string path_of(const std::string& family) {
  const char* chosen = chosen_folder();
  return (chosen != nullptr ? std::string(chosen) : TWEEDIE_SOURCE_DIR "/tests/reference") + "/" + family + ".json";
}
}  // namespace

Reference read_reference(const std::string& family) {
  std::ifstream file(path_of(family));
  require(file.is_open(), "reference: cannot open ", path_of(family));
  Reference head;
  head.json_ = std::make_shared<const json>(json::parse(file));
  return head;
}

std::vector<std::string> unread_arguments(const Reference& object) {
  std::vector<std::string> unread;
  for (const auto& [key, value] : view(object.json_).items())
    if (value.is_object() && holds_arguments(key))
      add_unread(value, key + ".", unread);
    else if (value.is_string() && !names_the_case(key) && !read_values().contains(&value))
      unread.push_back(key + " = " + value.dump());
  return unread;
}

Case::Case(const Reference& object, const Reference& head, Tally& t)
    : Reference(object),
      id(text("id")),
      type(text("class")),
      args(Reference::object("args")),
      tolerance(number("tol", 1e-9)),
      mixture(to_mixture(head.object("gmm"))),
      tally(&t) {
}

void compare(const Case& c, const std::string& what, const Eigen::MatrixXd& ours, const Eigen::MatrixXd& theirs) {
  require(!theirs.hasNaN(), what, ": the peer computed NaN, with which nothing can be compared");
  INFO(sentence(c.id, ", ", what, ": our shape ", ours.rows(), "x", ours.cols(), ", theirs ", theirs.rows(), "x",
                theirs.cols()));
  const bool same_shape = ours.rows() == theirs.rows() && ours.cols() == theirs.cols();
  CHECK(same_shape);
  if (!same_shape) return;
  ++c.tally->comparisons;
  if (theirs.size() == 0) return;

  double largest = 0, furthest = -1;
  Eigen::Index row = 0, column = 0;
  for (Eigen::Index i = 0; i < theirs.cols(); ++i)
    for (Eigen::Index j = 0; j < theirs.rows(); ++j) {
      const double a = ours(j, i), b = theirs(j, i);
      if (std::isfinite(b)) largest = std::fmax(largest, std::fabs(b));
      double difference = a == b ? 0 : std::fabs(a - b);
      if (std::isnan(difference)) difference = std::numeric_limits<double>::infinity();
      if (difference > furthest) furthest = difference, row = j, column = i;
    }
  const double error = furthest / (1 + largest);
  c.tally->worst = std::fmax(c.tally->worst, error);
  char numbers[128];
  std::snprintf(numbers, sizeof numbers, "ours %.17g, theirs %.17g", ours(row, column), theirs(row, column));
  INFO(sentence(c.id, ", ", what, " [", column, "][", row, "]: ", numbers));
  CHECK(error <= c.tolerance);
}
void compare(const Case& c, const std::string& what, const std::vector<double>& ours,
             const std::vector<double>& theirs) {
  const auto row = [](const std::vector<double>& list) -> Eigen::MatrixXd {
    return Eigen::RowVectorXd::Map(list.data(), Eigen::Index(list.size()));
  };
  compare(c, what, row(ours), row(theirs));
}
void compare(const Case& c, const std::string& what, double ours, double theirs) {
  compare(c, what, std::vector<double>{ours}, std::vector<double>{theirs});
}
void compare(const Case& c, const std::string& what, const std::vector<Eigen::MatrixXd>& ours,
             const std::vector<Eigen::MatrixXd>& theirs) {
  INFO(sentence(c.id, ", ", what, ": ours are ", ours.size(), ", theirs ", theirs.size()));
  CHECK(ours.size() == theirs.size());
  for (std::size_t k = 0; k < std::min(ours.size(), theirs.size()); ++k)
    compare(c, sentence(what, "[", k, "]"), ours[k], theirs[k]);
}

std::function<bool(const Case&)> of_type(std::vector<std::string> types) {
  return [types](const Case& c) { return std::find(types.begin(), types.end(), c.type) != types.end(); };
}

bool raises(const Case& c) {
  return c.has("raises");
}

void check_family(const std::string& family, const std::vector<Named>& named,
                  const std::function<void(const Case&)>& check) {
  if (chosen_folder() != nullptr && std::filesystem::is_directory(chosen_folder()) &&
      !std::filesystem::exists(path_of(family))) {
    WARN("there is no " << path_of(family));
    return;
  }
  const Reference head = read_reference(family);
  Tally tally;
  std::string names;
  for (const Reference& object : head.objects("cases")) {
    const Case c(object, head, tally);
    const auto found = std::find_if(named.begin(), named.end(), [&](const Named& n) { return n.is(c); });
    if (found != named.end()) {
      ++tally.named;
      names += sentence("\n  ", c.id, ": ", found->reason);
      continue;
    }
    ++tally.used;
    INFO(sentence("case ", c.id));
    const int before = tally.comparisons;
    read_values().clear();
    try {
      check(c);
      for (const std::string& argument : unread_arguments(c)) {
        INFO(sentence("the test does not read ", argument));
        CHECK(argument.empty());
      }
    } catch (const std::exception& error) {
      FAIL_CHECK(error.what());
    }
    INFO("nothing was compared");
    CHECK(tally.comparisons > before);
  }
  CHECK((tally.used > 0 || chosen_folder() != nullptr));  // another folder may hold none of a kind
  SUCCEED(sentence(family, ": ", tally.used, " cases used, largest relative error ", tally.worst, "; ", tally.named,
                   " cases named", names));
}

}  // namespace tests
