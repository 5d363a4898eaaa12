namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// How a pass reads float16. A half's exponent and mantissa, moved to where a float has its own, are the half times 2⁻¹¹², subnormals
/// too. A pass does not multiply each value by 2¹¹²: it takes w and r times 2⁵⁶, and so gets v and g times 2⁻⁵⁶.
/// </summary>
/// <remarks>
/// Multiplication by powers of two is exact, so the bits are the same, as long as w and r stay below 2⁷¹. Of terms below 2⁻⁷⁰ v and g
/// lose digits, which beside any greater term their sums' own rounding hides; where all s·r are so small, as sample weights of 1e-22
/// make them, g is less exact, and below 2⁻⁹⁴ it is 0.
/// </remarks>
internal static class ScaledHalves
{
    /// <summary>2⁵⁶: of w and r before, of v and g after.</summary>
    public const float Factor = 7.205759403792794e16f;

    /// <summary>2¹¹²: of a value itself.</summary>
    public const float Whole = Factor * Factor;

    /// <summary>The bits of a float that a half fills.</summary>
    public const int Bits = unchecked((int)0x8FFF_E000);
}
