#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <cctype>
#include <memory>

namespace eonflow::number {

namespace {

constexpr std::size_t longest_text = 2'000'000;
constexpr long largest_exponent = 1'000'000;
constexpr std::string_view accepted = "an integer, a fraction such as \"1/3\" or a decimal such as \"-0.25\" or \"1e-60\"";

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
    const std::string shown = text.size() > 40 ? std::string(text.substr(0, 40)) + "..." : std::string(text);
    throw invalid_input("\"" + shown + "\" " + std::string(why) + "; accepted is " + std::string(accepted));
}

std::size_t count_digits(std::string_view text, std::size_t from) {
    std::size_t i = from;
    while (i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0) ++i;
    return i - from;
}

Integer integer_of(std::string_view digits) {
    Integer value;
    mpz_set_str(value.backend().data(), std::string(digits).c_str(), 10);
    return value;
}

struct mpfr_text {
    void operator()(char* text) const noexcept { mpfr_free_str(text); }
};

}  // namespace

Rational parse_rational(std::string_view text) {
    if (text.size() > longest_text) refuse(text, "is longer than 2 million characters");
    std::size_t i = 0;
    const bool negative = !text.empty() && text[0] == '-';
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) ++i;

    const std::size_t whole = count_digits(text, i);
    std::string digits(text.substr(i, whole));
    i += whole;

    if (i < text.size() && text[i] == '/' && whole > 0) {
        const std::size_t below = count_digits(text, i + 1);
        if (below == 0 || i + 1 + below != text.size()) refuse(text, "is not a number");
        const Integer denominator = integer_of(text.substr(i + 1));
        if (denominator == 0) refuse(text, "has a zero denominator");
        const Rational value(integer_of(digits), denominator);
        return negative ? Rational(-value) : value;
    }

    std::size_t fraction = 0;
    if (i < text.size() && text[i] == '.') {
        fraction = count_digits(text, i + 1);
        digits += text.substr(i + 1, fraction);
        i += 1 + fraction;
    }
    if (digits.empty()) refuse(text, "is not a number");

    long exponent = 0;
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
        ++i;
        const bool down = i < text.size() && text[i] == '-';
        if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
        const std::size_t length = count_digits(text, i);
        if (length == 0) refuse(text, "is not a number");
        if (length > 8) refuse(text, "has an exponent beyond 1 000 000");
        exponent = std::stol(std::string(text.substr(i, length)));
        if (exponent > largest_exponent) refuse(text, "has an exponent beyond 1 000 000");
        if (down) exponent = -exponent;
        i += length;
    }
    if (i != text.size()) refuse(text, "is not a number");

    exponent -= static_cast<long>(fraction);
    const Integer scale = pow(Integer(10), static_cast<unsigned>(exponent < 0 ? -exponent : exponent));
    const Integer mantissa = integer_of(digits);
    const Rational value = exponent < 0 ? Rational(mantissa, scale) : Rational(mantissa * scale);
    return negative ? Rational(-value) : value;
}

std::string to_text(const Rational& x) { return x.str(); }

std::string to_decimal(const Real& x, std::int64_t digits) {
    mpfr_srcptr raw = x.backend().data();
    if (mpfr_nan_p(raw) != 0) return "nan";
    if (mpfr_inf_p(raw) != 0) return mpfr_sgn(raw) < 0 ? "-inf" : "inf";
    if (mpfr_zero_p(raw) != 0) return "0";
    if (digits < 1) digits = 1;
    mpfr_exp_t point = 0;
    const std::unique_ptr<char, mpfr_text> raw_digits(
        mpfr_get_str(nullptr, &point, 10, static_cast<std::size_t>(digits), raw, MPFR_RNDN));
    std::string mantissa(raw_digits.get());
    std::string sign;
    if (mantissa[0] == '-') {
        sign = "-";
        mantissa.erase(0, 1);
    }
    const long exponent = static_cast<long>(point) - 1;
    if (exponent >= -5 && exponent < 0) return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + mantissa;
    if (exponent >= 0 && exponent < 16 && exponent < digits) {
        const auto whole = static_cast<std::size_t>(exponent) + 1;
        return sign + mantissa.substr(0, whole) + (whole < mantissa.size() ? "." + mantissa.substr(whole) : "");
    }
    return sign + mantissa.substr(0, 1) + (mantissa.size() > 1 ? "." + mantissa.substr(1) : "") + "e" + std::to_string(exponent);
}

std::string to_hex(const Real& x) {
    char* raw = nullptr;
    if (mpfr_asprintf(&raw, "%Ra", x.backend().data()) < 0) throw numerical_error("a number could not be written in hexadecimal");
    const std::unique_ptr<char, mpfr_text> owned(raw);
    return raw;
}

Real from_hex(std::string_view text) {
    Real value;
    char* end = nullptr;
    const std::string owned(text);
    mpfr_strtofr(value.backend().data(), owned.c_str(), &end, 16, MPFR_RNDN);
    if (owned.empty() || *end != '\0') refuse(text, "is not a hexadecimal number");
    return value;
}

std::string counted(std::size_t count, const std::string& what) { return std::to_string(count) + " " + what + (count == 1 ? "" : "s"); }

}  // namespace eonflow::number
