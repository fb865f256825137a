#include "core/ledger/note.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "core/ledger/testing/consortium.h"

namespace oree::ledger {
namespace {

using testing::key_of;

// The key pair and the note that the format's first implementation tests itself with.
constexpr std::string_view kPeter = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kPeterSeed = "gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM=";
constexpr std::string_view kSaying =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr std::string_view kPeterLine =
    "\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBw"
    "JnAM=\n";

TEST_CASE("ThePublishedNoteIsSignedByThePublishedKey") {
  const auto key = parse_verifier_key(kPeter);
  REQUIRE(key);
  CHECK(key->name == "PeterNeumann");
  CHECK(key->text() == kPeter);
  const std::string text = cat(kSaying, "\n", kPeterLine);
  const auto note = parse_note(text);
  REQUIRE(note);
  CHECK(note->text == kSaying);
  CHECK(print_note(*note) == text);
  CHECK(check_signature(*note, *key).state == Signed::right);
  Note altered = *note;
  altered.text[3] = 'Y';
  CHECK(check_signature(altered, *key).state == Signed::wrong);
}

TEST_CASE("SigningWithThePublishedKeyGivesThePublishedSignature") {
  // The seed as its owner publishes it, after the type byte: AYEKFALVFGyN…
  const auto secret = crypto::from_base64("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
  REQUIRE(secret);
  REQUIRE(secret->size() == 33);
  CHECK(crypto::base64(ByteView(*secret).subspan(1)) == kPeterSeed);
  std::array<std::byte, 32> seed;
  std::copy(secret->begin() + 1, secret->end(), seed.begin());
  CHECK(print_line(sign_note(kSaying, "PeterNeumann", crypto::SigningKey::from_seed(seed))) == kPeterLine);
}

TEST_CASE("ManglingAVerifierKeyIsNoticed") {
  for (size_t i = 0; i < kPeter.size(); ++i) {
    std::string text(kPeter);
    text[i] = static_cast<char>(text[i] + 1);
    CHECK_MESSAGE(!parse_verifier_key(text), text);
    CHECK_FALSE(parse_verifier_key(kPeter.substr(0, i)));
    if (i > 0) CHECK_FALSE(parse_verifier_key(kPeter.substr(i)));
  }
  CHECK(
      parse_verifier_key("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").error().kind ==
      ErrorKind::unsupported);
  CHECK_FALSE(verifier_key("a b", KeyType::note, key_of(1).public_key()));
  CHECK_FALSE(verifier_key("a+b", KeyType::note, key_of(1).public_key()));
  CHECK_FALSE(verifier_key("a\u2003b", KeyType::note, key_of(1).public_key()));
  CHECK_FALSE(verifier_key("", KeyType::note, key_of(1).public_key()));
  CHECK_FALSE(verifier_key("a\nb", KeyType::note, key_of(1).public_key()));
  CHECK(verifier_key("werk/süd", KeyType::note, key_of(1).public_key()));
}

TEST_CASE("ACosignatureSaysWhenAndForWhom") {
  const VerifierKey witness{"factory", KeyType::cosignature, key_of(3).public_key()};
  CHECK(parse_verifier_key(witness.text()) == witness);
  const std::string text = print_checkpoint({"oree/lathe/orders", 7, empty_root(), {}});
  Note note{text, {cosign_note(text, "factory", key_of(3), 1'679'315'147)}};
  CHECK(note.signatures.front().signature.size() == 72);
  const auto check = check_signature(note, witness);
  CHECK(check.state == Signed::right);
  CHECK(check.unix_seconds == 1'679'315'147);
  CHECK(check_signature(note, {"maker", KeyType::cosignature, witness.key}).state == Signed::absent);
  CHECK(check_signature(note, {"factory", KeyType::note, witness.key}).state == Signed::absent);
  // The message is that of the format.
  const std::string message = cat("cosignature/v1\ntime 1679315147\n", text);
  CHECK(
      crypto::verify(witness.key, as_bytes(message), ByteView(note.signatures.front().signature).subspan(8)));
  note.signatures.front().signature[7] ^= std::byte{1};
  CHECK(check_signature(note, witness).state == Signed::wrong);
}

TEST_CASE("OneWrongLineOfAKnownKeySpoilsTheNote") {
  const VerifierKey key = *parse_verifier_key(kPeter);
  auto note = *parse_note(cat(kSaying, "\n", kPeterLine, kPeterLine));
  CHECK(check_signature(note, key).state == Signed::right);
  note.signatures[1].signature[0] ^= std::byte{1};
  CHECK(check_signature(note, key).state == Signed::wrong);
  note.signatures[1].name = "somebody";
  CHECK(check_signature(note, key).state == Signed::right);
}

TEST_CASE("NotesThatAreNoneAreRefused") {
  const std::string good = cat(kSaying, "\n", kPeterLine);
  REQUIRE(parse_note(good));
  const std::string line(kPeterLine);
  const std::vector<std::string> wrong{
      "",
      std::string(kSaying),
      cat(kSaying, "\n"),
      cat(kSaying, line),
      good.substr(0, good.size() - 1),
      cat(kSaying, "\n", "- PeterNeumann", line.substr(line.find(" x08"))),
      cat(kSaying, "\n", line, "\n"),
      cat(kSaying, "\n", line, "trailing\n"),
      cat("a\tb\n\n", line),
      cat("a\r\n\n", line),
      cat("\xC0\x80\n\n", line),
      cat("\xED\xA0\x80\n\n", line),
      cat("\xF4\x90\x80\x80\n\n", line),
      cat("\xE2\x82\n\n", line),
      cat(kSaying, "\n\u2014 Peter+Neumann AAAAAAAA\n"),
      cat(kSaying, "\n\u2014 PeterNeumann AAAA\n"),
      cat(kSaying, "\n\u2014 PeterNeumann AAAAAAA\n"),
      cat(kSaying, "\n\u2014 PeterNeumann\n"),
  };
  for (const auto& text : wrong) CHECK_MESSAGE(!parse_note(text), text);
  std::string many = cat(kSaying, "\n");
  for (size_t i = 0; i < kMaxSignatures; ++i) many += line;
  CHECK(parse_note(many));
  CHECK_FALSE(parse_note(many + line));
  CHECK_FALSE(parse_note(std::string(kMaxNoteBytes, 'a') + good));
  CHECK(parse_note(cat("a\n\nb\n\n", line))->text == "a\n\nb\n");
}

TEST_CASE("CheckpointsComeBackAsTheyWerePrinted") {
  const std::string text =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  const auto checkpoint = parse_checkpoint(text);
  REQUIRE(checkpoint);
  CHECK(checkpoint->origin == "example.com/behind-the-sofa");
  CHECK(checkpoint->size == 20'852'163);
  CHECK(print_checkpoint(*checkpoint) == text);
  CHECK(parse_checkpoint(text + "more\n")->extensions == std::vector<std::string>{"more"});
  CHECK(print_checkpoint(*parse_checkpoint(text + "more\n")) == text + "more\n");
  for (const std::string wrong :
       {"", "a\n", "a\n1\n", "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        "a\n9223372036854775808\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"})
    CHECK_MESSAGE(!parse_checkpoint(wrong), wrong);
}

}  // namespace
}  // namespace oree::ledger
