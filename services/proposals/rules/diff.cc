#include "services/proposals/rules/diff.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/types/text.h"
#include "common/types/when.h"

namespace scharnier::proposals::rules {
namespace {

using Enums = google::protobuf::RepeatedField<int>;
using Milestones = google::protobuf::RepeatedPtrField<v1::Milestone>;
using organisations::v1::Organisation;

// Longer texts are not quoted: nobody would find the difference.
constexpr int kLongestQuote = 200;

std::string Quoted(const std::string& text) { return absl::StrCat("\"", text, "\""); }

// "a, b en c".
std::string Listed(const std::vector<std::string>& words) {
  if (words.size() < 2) {
    return absl::StrJoin(words, "");
  }
  return absl::StrCat(absl::StrJoin(words.begin(), words.end() - 1, ", "), " en ", words.back());
}

const char* RegionInDutch(int region) {
  switch (region) {
    case types::v1::REGION_ANT:
      return "Antwerpen";
    case types::v1::REGION_LIM:
      return "Limburg";
    case types::v1::REGION_OVL:
      return "Oost-Vlaanderen";
    case types::v1::REGION_VBR:
      return "Vlaams-Brabant";
    case types::v1::REGION_WVL:
      return "West-Vlaanderen";
    default:
      return "Brussel";
  }
}

const char* KindInDutch(int kind) {
  switch (kind) {
    case Organisation::KIND_FACILITY:
      return "voorzieningen";
    case Organisation::KIND_REFERRER:
      return "verwijzers";
    case Organisation::KIND_AGENCY:
      return "agentschappen";
    case Organisation::KIND_SUPPORT_PARTNER:
      return "ondersteunende partners";
    default:
      return "andere organisaties";
  }
}

std::string SetInDutch(const Enums& values, const char* (*word)(int), const char* all) {
  std::vector<std::string> words;
  for (const int value : std::set<int>(values.begin(), values.end())) {
    words.emplace_back(word(value));
  }
  return words.empty() ? all : Listed(words);
}

const char* GatedInDutch(v1::Milestone::Gate gate) {
  switch (gate) {
    case v1::Milestone::GATE_INTEREST:
      return "ideeën";
    case v1::Milestone::GATE_PROPOSAL:
      return "voorstellen";
    default:
      return "rapporten";
  }
}

// Who a track is for where it does not say so itself.
constexpr char kAll[] = "alle";
constexpr char kThoseOfTheCall[] = "die van de oproep";

class Diff {
 public:
  void Calls(const v1::Call& before, const v1::Call& after) {
    Texts("Titel", before.title(), after.title());
    Texts("Doel", before.goal(), after.goal());
    Say("Lancering", types::InDutch(before.launch()), types::InDutch(after.launch()));
    Sets("", before, after, kAll);
    Say("Contactadres", before.contact_email(), after.contact_email());
    Documents(before, after);
    MilestoneLists("Termijn", before.milestones(), after.milestones());
    for (const v1::Track& track : after.tracks()) {
      const auto was = std::find_if(before.tracks().begin(), before.tracks().end(),
                                    [&](const auto& t) { return t.name() == track.name(); });
      if (was == before.tracks().end()) {
        lines_.push_back(absl::StrCat("Spoor ", Quoted(track.title().nl()), ": toegevoegd"));
      } else {
        Tracks(*was, track);
      }
    }
    if (lines_.empty()) {
      lines_.emplace_back("Bewoordingen, vertalingen of volgorde: gewijzigd");
    }
  }

  std::vector<std::string> Take() { return std::move(lines_); }

 private:
  void Say(const std::string& what, const std::string& was, const std::string& becomes) {
    if (was != becomes) {
      lines_.push_back(absl::StrCat(what, ": was ", was, ", wordt ", becomes));
    }
  }

  void Texts(const std::string& what, const types::v1::Text& was, const types::v1::Text& becomes) {
    const auto quote = [](const std::string& text) { return text.empty() ? "leeg" : Quoted(text); };
    if (types::CodePoints(was.nl()) <= kLongestQuote &&
        types::CodePoints(becomes.nl()) <= kLongestQuote) {
      Say(what, quote(was.nl()), quote(becomes.nl()));
    } else if (was.nl() != becomes.nl()) {
      lines_.push_back(absl::StrCat(what, ": de tekst is gewijzigd"));
    }
  }

  // Of a call, or of a track, which `of` names.
  template <class Holder>
  void Sets(const std::string& of, const Holder& before, const Holder& after, const char* all) {
    Say(absl::StrCat(of, of.empty() ? "Regio's" : ", regio's"),
        SetInDutch(before.regions(), RegionInDutch, all),
        SetInDutch(after.regions(), RegionInDutch, all));
    Say(absl::StrCat(of, of.empty() ? "Organisaties" : ", organisaties"),
        SetInDutch(before.kinds(), KindInDutch, all), SetInDutch(after.kinds(), KindInDutch, all));
  }

  void Documents(const v1::Call& before, const v1::Call& after) {
    std::multiset<std::string> gone, added;
    for (const v1::Document& document : before.documents()) {
      gone.insert(document.title().nl());
    }
    for (const v1::Document& document : after.documents()) {
      if (const auto kept = gone.find(document.title().nl()); kept != gone.end()) {
        gone.erase(kept);
      } else {
        added.insert(document.title().nl());
      }
    }
    for (const std::string& title : gone) {
      lines_.push_back(absl::StrCat("Document ", Quoted(title), ": geschrapt"));
    }
    for (const std::string& title : added) {
      lines_.push_back(absl::StrCat("Document ", Quoted(title), ": toegevoegd"));
    }
  }

  void Tracks(const v1::Track& before, const v1::Track& after) {
    const std::string track = absl::StrCat("Spoor ", Quoted(before.title().nl()));
    if (before.title().nl() != after.title().nl()) {
      lines_.push_back(absl::StrCat(track, ": heet voortaan ", Quoted(after.title().nl())));
    }
    Texts(absl::StrCat(track, ", doel"), before.aim(), after.aim());
    Sets(track, before, after, kThoseOfTheCall);
    MilestoneLists(absl::StrCat(track, ", termijn"), before.milestones(), after.milestones());
  }

  void MilestoneLists(const std::string& kind, const Milestones& before, const Milestones& after) {
    const auto find = [](const Milestones& list, const std::string& id) {
      return std::find_if(list.begin(), list.end(), [&](const auto& m) { return m.id() == id; });
    };
    for (const v1::Milestone& milestone : before) {
      const std::string what = absl::StrCat(kind, " ", Quoted(milestone.title().nl()));
      if (const auto kept = find(after, milestone.id()); kept != after.end()) {
        Milestone(what, milestone, *kept);
      } else {
        lines_.push_back(absl::StrCat(what, ": geschrapt"));
      }
    }
    for (const v1::Milestone& milestone : after) {
      if (find(before, milestone.id()) == before.end()) {
        lines_.push_back(absl::StrCat(kind, " ", Quoted(milestone.title().nl()), ": toegevoegd, ",
                                      types::InDutch(milestone.when())));
      }
    }
  }

  void Milestone(const std::string& what, const v1::Milestone& before, const v1::Milestone& after) {
    if (before.title().nl() != after.title().nl()) {
      lines_.push_back(absl::StrCat(what, ": heet voortaan ", Quoted(after.title().nl())));
    }
    Say(what, types::InDutch(before.when()), types::InDutch(after.when()));
    const auto& was = before.when();
    const auto& is = after.when();
    if (was.has_deadline() && is.has_deadline() &&
        was.deadline().strictness() != is.deadline().strictness()) {
      const bool hard = is.deadline().strictness() == types::v1::STRICTNESS_HARD;
      lines_.push_back(absl::StrCat(what, ": is voortaan ", hard ? "bindend" : "richtinggevend"));
    }
    if (before.gate() != after.gate()) {
      lines_.push_back(absl::StrCat(what, ": is voortaan de termijn voor het indienen van ",
                                    GatedInDutch(after.gate())));
    }
  }

  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> DiffInDutch(const v1::Call& before, const v1::Call& after) {
  Diff diff;
  diff.Calls(before, after);
  return diff.Take();
}

}  // namespace scharnier::proposals::rules
