using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>
/// Sums over the lanes of a warp, in every lane and in an order that never varies. Where <c>lanes</c> is a constant, as
/// in every kernel here, the steps that do not apply are compiled away.
/// </summary>
public static class WarpSum
{
    /// <summary>Lanes in a warp.</summary>
    public const int WarpSize = 32;

    /// <summary>The sum over each team of neighbouring lanes.</summary>
    /// <param name="value">A lane's value.</param>
    /// <param name="lanes">Lanes a team, a power of two up to 32.</param>
    public static float OverLanes(float value, int lanes)
    {
        if (lanes > 16) value += Warp.ShuffleXor(value, 16);
        if (lanes > 8) value += Warp.ShuffleXor(value, 8);
        if (lanes > 4) value += Warp.ShuffleXor(value, 4);
        if (lanes > 2) value += Warp.ShuffleXor(value, 2);
        if (lanes > 1) value += Warp.ShuffleXor(value, 1);
        return value;
    }

    /// <summary>The sum over the lanes that have the same place in their teams.</summary>
    /// <param name="value">A lane's value.</param>
    /// <param name="lanes">Lanes a team, a power of two up to 32.</param>
    public static float OverTeams(float value, int lanes)
    {
        if (lanes <= 16) value += Warp.ShuffleXor(value, 16);
        if (lanes <= 8) value += Warp.ShuffleXor(value, 8);
        if (lanes <= 4) value += Warp.ShuffleXor(value, 4);
        if (lanes <= 2) value += Warp.ShuffleXor(value, 2);
        if (lanes <= 1) value += Warp.ShuffleXor(value, 1);
        return value;
    }
}
