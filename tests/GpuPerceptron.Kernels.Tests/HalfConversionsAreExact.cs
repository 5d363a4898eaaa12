using Xunit;

namespace GpuPerceptron.Kernels.Tests;

public sealed class HalfConversionsAreExact
{
    [Fact]
    public void By_integer_arithmetic() => Agrees<HalfArithmetic>();

    [Fact]
    public void By_the_device_s_instruction_as_the_emulator_has_it() => Agrees<HalfInstruction>();

    private static void Agrees<THalf>()
        where THalf : unmanaged, IHalfConversion
    {
        for (uint bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var half = BitConverter.UInt16BitsToHalf((ushort)bits);
            if (Half.IsFinite(half))
                Assert.Equal((float)half, default(THalf).ToFloat(bits));
        }
    }
}
