namespace GpuPerceptron.Kernels;

/// <summary>Lanes that share a row, as a constant that kernels are compiled with.</summary>
public interface ILanes
{
    /// <summary>A power of two up to 32.</summary>
    int Count { get; }
}

/// <summary>Two lanes a row.</summary>
public readonly struct Lanes2 : ILanes
{
    /// <inheritdoc/>
    public int Count => 2;
}

/// <summary>Four lanes a row.</summary>
public readonly struct Lanes4 : ILanes
{
    /// <inheritdoc/>
    public int Count => 4;
}

/// <summary>Eight lanes a row.</summary>
public readonly struct Lanes8 : ILanes
{
    /// <inheritdoc/>
    public int Count => 8;
}

/// <summary>Sixteen lanes a row.</summary>
public readonly struct Lanes16 : ILanes
{
    /// <inheritdoc/>
    public int Count => 16;
}

/// <summary>A warp a row.</summary>
public readonly struct Lanes32 : ILanes
{
    /// <inheritdoc/>
    public int Count => 32;
}
