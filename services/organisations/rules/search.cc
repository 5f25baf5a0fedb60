#include "services/organisations/rules/search.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace scharnier::organisations::rules {
namespace {

// Whoever types more than this is not typing a name; comparing costs the product of the lengths.
constexpr size_t kMostWords = 5;
constexpr size_t kLongestWord = 40;
constexpr size_t kMostNearest = 5;

// The optimal string alignment distance: of Damerau and Levenshtein, no part being changed twice.
int Distance(absl::string_view a, absl::string_view b) {
  std::vector<std::vector<int>> best(a.size() + 1, std::vector<int>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        best[i][j] = static_cast<int>(i + j);
        continue;
      }
      best[i][j] = std::min({best[i - 1][j] + 1, best[i][j - 1] + 1,
                             best[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best[i][j] = std::min(best[i][j], best[i - 2][j - 2] + 1);
      }
    }
  }
  return best[a.size()][b.size()];
}

}  // namespace

int Slips(absl::string_view typed, absl::string_view text) {
  const std::vector<absl::string_view> words = absl::StrSplit(text, ' ', absl::SkipEmpty());
  std::vector<absl::string_view> asked = absl::StrSplit(typed, ' ', absl::SkipEmpty());
  asked.resize(std::min(asked.size(), kMostWords));
  int slips = 0;
  for (absl::string_view word : asked) {
    word = word.substr(0, kLongestWord);
    size_t fewest = word.size();
    for (const absl::string_view other : words) {
      if (absl::StrContains(other, word)) {
        fewest = 0;
        break;
      }
      // Each letter more or less is a slip.
      const size_t least =
          std::max(word.size(), other.size()) - std::min(word.size(), other.size());
      if (least < fewest) {
        fewest = std::min(fewest, static_cast<size_t>(Distance(word, other)));
      }
    }
    slips += static_cast<int>(fewest);
  }
  return slips;
}

int Forgiven(absl::string_view typed) { return (static_cast<int>(typed.size()) + 2) / 3; }

std::vector<std::string> Nearest(absl::string_view typed, const std::vector<std::string>& words) {
  int fewest = Forgiven(typed);
  std::vector<std::string> nearest;
  for (const std::string& word : words) {
    const int slips = Slips(typed, word);
    if (slips < fewest) {
      nearest.clear();
      fewest = slips;
    }
    if (slips == fewest && nearest.size() < kMostNearest) {
      nearest.push_back(word);
    }
  }
  return nearest;
}

}  // namespace scharnier::organisations::rules
