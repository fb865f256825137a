#include "services/certification/average_precision.h"

#include <doctest/doctest.h>

using namespace oree;
using namespace oree::certification;

namespace {

inference::Object object(float left, float score, size_t label = 0, float width = 10) {
  return {{left, 0, left + width, 10}, "", score, label};
}
Truth truth(float left, size_t label = 0, bool crowd = false, float width = 10) {
  return {{left, 0, left + width, 10}, label, crowd};
}
Answer found(std::vector<inference::Object> objects) {
  return {{}, std::move(objects)};
}

}  // namespace

TEST_CASE("Boxes that lie exactly on those drawn have an average precision of 1") {
  const std::vector<Answer> answers{found({object(0, 0.9f), object(50, 0.4f)}), found({object(20, 0.8f, 3)})};
  const std::vector<Drawn> drawn{{truth(0), truth(50)}, {truth(20, 3)}};
  const AveragePrecision result = average_precision(answers, drawn);
  CHECK(result.ap == doctest::Approx(1));
  CHECK(result.ap50 == doctest::Approx(1));
  CHECK(result.boxes == 3);
}

TEST_CASE(
    "A box that is found twice, with the wrong label or a third too far counts once, not, and at low t") {
  // 10 of 10 + 10 - 8 = 8/12: right up to t = 0.65, 4 of 10 thresholds.
  const std::vector<Drawn> drawn{{truth(0)}};
  CHECK(average_precision(std::vector{found({object(2, 0.9f)})}, drawn).ap == doctest::Approx(0.4));
  CHECK(average_precision(std::vector{found({object(2, 0.9f)})}, drawn).ap50 == doctest::Approx(1));
  CHECK(average_precision(std::vector{found({object(0, 0.9f, 1)})}, drawn).ap == 0);
  CHECK(average_precision(std::vector{found({object(0, 0.9f), object(0, 0.8f)})}, drawn).ap ==
        doctest::Approx(1));
  // The doubtful one first: half of what was found until then is right.
  CHECK(average_precision(std::vector{found({object(50, 0.9f), object(0, 0.8f)})}, drawn).ap ==
        doctest::Approx(0.5));
}

TEST_CASE("Half of the drawn boxes found is the half of the recalls, 51 of 101") {
  const std::vector<Drawn> drawn{{truth(0), truth(50)}};
  CHECK(average_precision(std::vector{found({object(0, 0.9f)})}, drawn).ap == doctest::Approx(51.0 / 101));
  CHECK(average_precision(std::vector{found({})}, drawn).ap == 0);
}

TEST_CASE("Boxes within a crowd are neither right nor wrong") {
  const std::vector<Drawn> drawn{{truth(0), truth(100, 0, true, 60)}};
  const std::vector<Answer> answers{found({object(110, 0.95f), object(130, 0.92f), object(0, 0.9f)})};
  const AveragePrecision result = average_precision(answers, drawn);
  CHECK(result.ap == doctest::Approx(1));
  CHECK(result.boxes == 1);
}

TEST_CASE("A detector keeps a share of the other's average precision, with a bound that pictures give") {
  std::vector<Answer> reference, answers;
  std::vector<Drawn> drawn;
  for (size_t i = 0; i < 40; ++i) {
    drawn.push_back({truth(0), truth(50)});
    reference.push_back(found({object(0, 0.9f), object(50, 0.8f)}));
    answers.push_back(i % 4 == 0 ? found({object(0, 0.9f)}) : reference.back());
  }
  Score score;
  score.task = Task::objects;
  score.samples = 40;
  add_average_precision(score, reference, answers, drawn);
  CHECK(score.boxes == 80);
  CHECK(score.reference_ap == doctest::Approx(1));
  CHECK(score.kept == doctest::Approx(88.0 / 101));  // 70 of 80 found, all right
  CHECK(score.kept_low < score.kept);
  CHECK(score.kept_low > 0.75);
  CHECK(score.score_label() == "AP over 80 boxes on 40 samples");
  Score untouched;
  untouched.kept = 0.5;
  add_average_precision(untouched, reference, answers, std::vector<Drawn>(40));
  CHECK(untouched.kept == 0.5);
  CHECK(untouched.boxes == 0);
}

TEST_CASE("A higher threshold sees fewer boxes") {
  const std::vector<Answer> kept = above(std::vector{found({object(0, 0.9f), object(50, 0.3f)})}, 0.4f);
  REQUIRE(kept[0].objects.size() == 1);
  CHECK(kept[0].objects[0].score == 0.9f);
}
