#include "tls/pem_files.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <filesystem>
#include <limits>
#include <memory>

#include <dsc/io/file.hpp>
#include <dsc/oip/error.hpp>

namespace dsc::oip {
namespace {

[[noreturn]] void refuse(std::string const& sentence) {
  ERR_clear_error();
  throw error{oip_errc::bad_certificate, sentence};
}

using x509 = std::unique_ptr<X509, decltype(&X509_free)>;
using private_key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// OpenSSL would ask the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

std::unique_ptr<BIO, decltype(&BIO_free)> reader_of(std::string const& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

std::string text_in(std::filesystem::path const& file) {
  constexpr std::size_t largest = 1U << 20U;
  if (file.empty()) return {};
  try {
    std::string text = read_file(file);
    if (text.size() > largest) refuse("'" + file.string() + "' is too large to be a PEM file");
    return text;
  } catch (error const& failure) {
    if (failure.code() == oip_errc::bad_certificate) throw;
    std::string const sentence = failure.what();
    refuse(sentence.substr(sentence.find(": ") + 2));
  }
}

// The first certificate of a file, which is its owner's.
x509 certificate_in(std::string const& text, std::filesystem::path const& file) {
  auto const reader = reader_of(text);
  x509 certificate{PEM_read_bio_X509(reader.get(), nullptr, no_passphrase, nullptr), &X509_free};
  if (!certificate) refuse("'" + file.string() + "' holds no certificate in PEM");
  return certificate;
}

void check_time(X509 const* certificate, std::filesystem::path const& file) {
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
    refuse("the certificate '" + file.string() + "' has expired; get a new one");
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
    refuse("the certificate '" + file.string() + "' is not valid yet; is this machine's clock right?");
}

private_key key_in(std::string const& text, std::filesystem::path const& file) {
  auto const reader = reader_of(text);
  private_key key{PEM_read_bio_PrivateKey(reader.get(), nullptr, no_passphrase, nullptr), &EVP_PKEY_free};
  if (!key) refuse("'" + file.string() + "' holds no private key in PEM that needs no passphrase");
  return key;
}

}  // namespace

pem_texts read_pem(tls_files const& files) {
  if (files.certificate.empty() != files.key.empty())
    refuse("a certificate and its private key go together; give both, or neither");
  pem_texts texts{text_in(files.certificate), text_in(files.key), text_in(files.authority)};
  if (!files.certificate.empty()) {
    x509 const certificate = certificate_in(texts.certificate, files.certificate);
    private_key const key = key_in(texts.key, files.key);
    if (X509_check_private_key(certificate.get(), key.get()) != 1)
      refuse("the key '" + files.key.string() + "' is not that of the certificate '" + files.certificate.string() +
             "'");
    check_time(certificate.get(), files.certificate);
  }
  if (!files.authority.empty()) check_time(certificate_in(texts.authority, files.authority).get(), files.authority);
  return texts;
}

}  // namespace dsc::oip
