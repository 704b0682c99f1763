#include <clocale>
#include <filesystem>
#include <fstream>

#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;

namespace {

std::string path(const char* name) {
  const auto folder = std::filesystem::path(TWEEDIE_BINARY_DIR) / "variance";
  std::filesystem::create_directories(folder);
  return (folder / name).string();
}
VarianceTable some(VarianceForm form) {
  const MatrixXd x0 = MatrixXd::Random(3, 50);
  const auto shrink = [](const MatrixXd& x, const Level&) -> MatrixXd { return x / 3; };
  return measured_variance(shrink, x0, levels(Cosine{}, uniform(4)), Normals{1}, {.form = form});
}
std::string unreadable(const std::string& text) {
  const std::string file = path("broken.txt");
  std::ofstream(file) << text;
  return tests::refusal<std::runtime_error>([&] { load_variance(file); });
}

}  // namespace

TEST_CASE("A variance table comes back from its file to the last digit") {
  for (const VarianceForm form : {VarianceForm::scalar, VarianceForm::diagonal, VarianceForm::full}) {
    const std::string file = path("table.txt");
    const VarianceTable table = some(form);
    save(table, file);
    const VarianceTable back = load_variance(file);
    CHECK(back.form() == form);
    REQUIRE(back.entries().size() == table.entries().size());
    for (std::size_t i = 0; i < table.entries().size(); ++i) {
      const auto &a = table.entries()[i], &b = back.entries()[i];
      CHECK(a.level.time == b.level.time);
      CHECK(a.level.alpha == b.level.alpha);
      CHECK(a.level.sigma == b.level.sigma);
      CHECK(a.variance == b.variance);
      CHECK(a.error == b.error);
    }
  }
  save(VarianceTable(VarianceForm::scalar, {{clean, MatrixXd::Zero(1, 1), MatrixXd::Zero(1, 1)}}), path("no_time.txt"));
  CHECK(std::isnan(load_variance(path("no_time.txt")).entries().front().level.time));
}

TEST_CASE("A variance table of floats, and a program whose locale writes commas") {
  BasicVarianceEstimator<float> estimator(levels(VariancePreserving{}, uniform(4)));
  const auto shrink = [](const MatrixXd& x, const Level&) -> MatrixXd { return x / 3; };
  estimator.add(shrink, MatrixXd(MatrixXd::Random(3, 50)), Normals{1});
  const auto table = estimator.table();
  const char* const changed = std::setlocale(LC_NUMERIC, "de_DE.UTF-8");  // where it is installed
  save(table, path("floats.txt"));
  const auto back = load_variance<float>(path("floats.txt"));
  if (changed != nullptr) std::setlocale(LC_NUMERIC, "C");
  for (const Level& t : levels(VariancePreserving{}, uniform(4))) CHECK(back(t) == table(t));
}

TEST_CASE("A file that is no variance table is refused with its name and line") {
  CHECK(contains(unreadable("hello"), "broken.txt", "line 1", "'tweedie' is expected", "'hello'"));
  CHECK(contains(unreadable(""), "'tweedie'", "end of the file"));
  const std::string head = "tweedie variance 1\nform scalar, dimension 1, levels 1\n";
  CHECK(contains(unreadable("tweedie variance 2\n"), "'1' is expected", "'2'"));
  CHECK(contains(unreadable("tweedie variance 1\nform round"), "line 2", "'scalar', 'diagonal' or 'full'", "'round'"));
  CHECK(contains(unreadable("tweedie variance 1\nform scalar, dimension 0"), "whole number"));
  CHECK(contains(unreadable(head + "level 1 0.5 x"), "line 3", "a number", "'x'"));
  CHECK(contains(unreadable(head + "level 1 0.5 0.5\nvariance 0.1\nerror 0.2\nlevel"), "line 6", "the end"));
  CHECK(contains(unreadable("tweedie variance 1\nform full, dimension 100000, levels 1"), "line 2", "dimension"));
  CHECK(contains(unreadable(head + "level 1 0.5 0.5\nvariance nan\nerror 0.2"), "broken.txt", "not finite"));
  CHECK(contains(unreadable(head + "level 1 0.5 0.5\nvariance 0.1"), "'error'", "end of the file"));
  CHECK(contains(tests::refusal<std::runtime_error>([] { load_variance("/nowhere/v.txt"); }), "/nowhere/v.txt",
                 "reading"));
  CHECK(contains(tests::refusal<std::runtime_error>([] { save(some(VarianceForm::scalar), "/nowhere/v.txt"); }),
                 "writing"));
}
